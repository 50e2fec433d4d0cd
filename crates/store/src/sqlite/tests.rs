//! The embedded backend keeps the contract, and what is its own: damage is seen, crashes lose
//! nothing.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use parking_lot::Mutex;

use super::{Options, Sqlite, writer::End};
use crate::{ChangeSink, Store, contract::Place};

mod batches;
mod crash;
mod damage;
mod places;

/// A folder that goes away with the test.
struct Folder {
    root: tempfile::TempDir,
    open: Mutex<Option<Arc<Sqlite>>>,
}

fn folder() -> Folder {
    Folder {
        root: tempfile::tempdir().unwrap(),
        open: Mutex::new(None),
    }
}

fn open(path: &Path, sink: Arc<dyn ChangeSink>) -> Arc<Sqlite> {
    let options = Options {
        sink,
        on_fatal: Box::new(|error| panic!("{error}")),
        now: 1_790_000_000_000,
        seed: u128::from(std::process::id()),
    };
    Arc::new(Sqlite::open(path, options).unwrap())
}

#[async_trait]
impl Place for Folder {
    async fn open(&self, sink: Arc<dyn ChangeSink>) -> Arc<dyn Store> {
        let store = open(&self.root.path().join("store"), sink);
        *self.open.lock() = Some(store.clone());
        store
    }

    async fn crash(&self) {
        let store = self.open.lock().take().unwrap();
        store.end(End::Crash).await;
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    async fn open_copy(&self, folder: &Path) -> Arc<dyn Store> {
        open(folder, Arc::new(crate::contract::Ears::default()))
    }
}

impl Folder {
    /// Opens the same folder once more.
    async fn open_again(&self) -> Arc<dyn Store> {
        self.open(Arc::new(crate::contract::Ears::default())).await
    }
}

crate::contract::contract!(folder);
