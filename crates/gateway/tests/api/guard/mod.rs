//! Who gets in and who does not: rows B66–B77 of bad input that the other files leave open.

mod agents;
mod origins;
pub(crate) mod visitors;

use serde_json::Value;

use crate::{
    http::{self, Reply},
    world::World,
};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn post(world: &World, target: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
    let headers = [&[JSON], headers].concat();
    http::send(
        world.addr,
        "POST",
        target,
        &headers,
        body.to_string().as_bytes(),
    )
    .await
}
