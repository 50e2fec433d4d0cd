//! What comes over a connection before it is a request: rows B20–B32 of bad input, byte by byte.

mod heads;
mod requests;
mod slow;

use crate::{
    http::{self, Reply},
    world::World,
};

/// Sends a head (and what follows it) and reads the answer; the gateway must end the connection.
async fn said(world: &World, text: &str) -> Reply {
    http::read(&http::exchange(world.addr, text.as_bytes()).await)
}
