#![doc = include_str!("../README.md")]

pub mod callback;
pub mod contact;
pub mod crypto;
pub mod kf;
mod lenient;
pub mod limits;
mod pick;
pub mod request;
pub mod xml;
