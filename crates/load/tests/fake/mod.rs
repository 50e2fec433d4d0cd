//! A small gateway in memory that speaks the protocol: enough to prove the generator and the
//! checker, with faults that a real one must never have. It is built on another WebSocket library
//! than the generator's own, so the two also check each other's framing.

#![allow(clippy::unwrap_used, reason = "a test's stand-in may fall over")]

mod doors;
mod world;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

pub(crate) use world::Fault;
use world::World;

/// Starts one on a runtime of its own; it lives as long as the test process.
#[allow(dead_code, reason = "not every test file needs one in its own process")]
pub(crate) fn start(fault: Option<Fault>) -> SocketAddr {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        serve(World::new(fault), |address| tell.send(address).unwrap());
    });
    told.recv().unwrap()
}

/// Is one, for as long as this process lives, with everything in `data`.
#[allow(dead_code, reason = "not every test file kills one")]
pub(crate) fn be(data: &Path, fault: Option<Fault>) {
    std::fs::write(data.join("first-admin"), "account=a\npassword=b\n").unwrap();
    serve(World::recall(data, fault), |address| {
        // Past the test runner's capture, as a gateway would print it.
        let line = format!("\nlistening on http://{address}\n");
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    });
}

fn serve(world: World, tell: impl FnOnce(SocketAddr)) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
        .block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell(listener.local_addr().unwrap());
            axum::serve(listener, doors::router(Arc::new(Mutex::new(world))))
                .await
                .unwrap();
        });
}
