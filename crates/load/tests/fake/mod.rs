//! A small gateway in memory that speaks the protocol: enough to prove the generator and the
//! checker, with faults that a real one must never have. It is built on another WebSocket library
//! than the generator's own, so the two also check each other's framing.

#![allow(clippy::unwrap_used, reason = "a test's stand-in may fall over")]

mod doors;
mod world;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

pub(crate) use world::Fault;
use world::World;

/// Starts one on a runtime of its own; it lives as long as the test process.
pub(crate) fn start(fault: Option<Fault>) -> SocketAddr {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let world = Arc::new(Mutex::new(World::new(fault)));
            axum::serve(listener, doors::router(world)).await.unwrap();
        });
    });
    told.recv().unwrap()
}
