//! What goes out: replies, welcomes and closing words, each under an id of ours.

mod draft;
mod files;
mod send;

pub(super) use draft::card_page;
pub(super) use send::{Sender, Way};

#[cfg(test)]
mod tests;
