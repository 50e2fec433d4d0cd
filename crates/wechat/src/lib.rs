#![doc = include_str!("../README.md")]

pub mod callback;
pub mod client;
pub mod contact;
pub mod crypto;
pub mod errors;
pub mod kf;
mod lenient;
pub mod limits;
mod pick;
pub mod request;
pub mod xml;
