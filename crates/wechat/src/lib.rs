#![doc = include_str!("../README.md")]

pub mod callback;
pub mod client;
pub mod contact;
pub mod crypto;
pub mod errors;
mod fields;
pub mod json;
pub mod kf;
mod lenient;
pub mod limits;
pub mod mp;
mod named;
mod pick;
pub mod push;
pub mod request;
pub mod xml;
