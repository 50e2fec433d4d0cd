//! The HTTP API over real connections: a store on disk, a line in the process, two brands.
//!
//! Every answer that any of these tests gets is compared with the OpenAPI document.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod apps;
mod audit;
mod bytes;
mod desk;
mod documents;
mod figures;
mod files;
mod guard;
mod hands;
mod hooks;
mod http;
mod identities;
mod kinds;
mod owners;
mod people;
mod prechat;
mod raw;
mod roles;
mod schema;
mod set_up;
mod shares;
mod shed;
mod signed_in;
mod signing_in;
mod sockets;
mod strict;
mod tenants;
mod text;
mod work;
mod world;
