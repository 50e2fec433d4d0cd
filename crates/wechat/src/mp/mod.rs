//! The API of official accounts (公众号), mini-programs (小程序) and shops (微信小店): what is asked,
//! what comes back. Pushes are read by [`crate::push`]; nothing here talks to the network.

mod code;
mod send;
mod shop;
#[cfg(test)]
mod tests;
mod typing;
mod user;

pub use code::{Code, CodeKind, CreateCode};
pub use send::{
    CustomSend, MAX_TEXT, Menu, MenuItem, Outgoing, OutgoingArticle, OutgoingLink, OutgoingPage,
    OutgoingVideo,
};
pub use shop::{Share, ShopOutgoing, ShopSend, ShopSent};
pub use typing::{BusinessTyping, Command, Typing};
pub use user::{GetUsers, UserInfo, Users};
