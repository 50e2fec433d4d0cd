//! What every backend must do, as suites over the traits. A backend's tests call them.
//!
//! Each suite takes several nodes of one backend and speaks to all of them. Brands are new in
//! every run, so that the backend need not be empty. A broken promise panics.

mod bus;
mod presence;
mod waiting_queue;

pub use bus::bus;
pub use presence::presence;
pub use waiting_queue::waiting_queue;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kefu_domain::BrandId;

/// A brand that no other run has used.
fn brand() -> BrandId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let run = u128::from(rand::random::<u64>()) << 64;
    BrandId(run | u128::from(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Waits a moment for something that arrives by itself.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(5), what)
        .await
        .expect("it arrives within five seconds")
}
