#![doc = include_str!("../README.md")]

pub mod callback;
pub mod crypto;
pub mod xml;
