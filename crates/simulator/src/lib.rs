#![doc = include_str!("../README.md")]

mod callback;
mod clock;
mod config;
mod control;
pub mod crypto;
mod error;
mod ids;
mod news;
mod platform;
mod qr;
mod server;
mod sim;
mod traffic;
mod world;

pub use config::{
    AccountSpec, AppKind, AppSpec, Assets, Bounds, Config, CorpSpec, Delivery, Format, GroupSpec,
    MemberSpec, MenuButton, Mode,
};
pub use error::SimError;
pub use server::{Handle, Simulator};
