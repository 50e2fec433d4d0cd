//! How many messages a second the embedded store files, and what one costs.
//!
//! `cargo run --release -p kefu-store --example filing -- [seconds] [callers…]`
//!
//! Each caller files 220-byte texts one after the other through the async API, over 1,000
//! conversations with an open session, and waits for each to be on disk. Printed per number of
//! callers: messages a second, CPU microseconds per message of the writing thread and of the whole
//! process, and the waits' percentiles; before that, what one `fdatasync` costs in the same folder.
#![allow(clippy::print_stdout, reason = "a program that prints its figures")]

use std::{
    io::Write,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kefu_domain::{
    BrandId, Content, ConversationId, CustomerId, EntryPointId, IdentityId, KfAccountId, SessionId,
    id,
};
use kefu_store::{
    Change, ChangeSink, Fresh, Inbound, MaintenanceStore, Opening, Party, ThreadStore,
    sqlite::{Options, Sqlite},
};

/// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CONVERSATIONS: u64 = 1000;
const START: i64 = 1_790_000_000_000;

struct Deaf;
impl ChangeSink for Deaf {
    fn changed(&self, _changes: &[Change]) {}
}

/// Ids like real ones: ordered by time, apart in the low bits.
fn mint(n: u64) -> u128 {
    let spread = u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 11;
    id::v7(1_780_000_000_000 + n, spread)
}

fn inbound(n: u64, key: String, party: Party, text: &str) -> Inbound {
    Inbound {
        brand: BrandId(7),
        entry_point: EntryPointId(8),
        party,
        key,
        content: Content::text(text),
        at: START,
        grant: None,
        opening: Opening {
            session: SessionId(mint(n) ^ 3),
            queue: None,
        },
    }
}

/// CPU nanoseconds so far: of the writing thread, of the whole process.
fn cpu() -> (u64, u64) {
    let (mut writer, mut all) = (0, 0);
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return (0, 0);
    };
    for task in tasks.flatten() {
        let read = |name| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
        let used: u64 = read("schedstat")
            .split(' ')
            .next()
            .and_then(|ns| ns.parse().ok())
            .unwrap_or(0);
        all += used;
        if read("comm").trim() == "kefu-store" {
            writer += used;
        }
    }
    (writer, all)
}

fn percentile(sorted: &[u32], share: f64) -> f64 {
    let index = ((sorted.len().saturating_sub(1)) as f64 * share) as usize;
    f64::from(sorted.get(index).copied().unwrap_or(0)) / 1000.0
}

/// Milliseconds that a page and its sync take here, the middle of 300.
fn sync_costs(folder: &Path) -> std::io::Result<f64> {
    let mut file = std::fs::File::create(folder.join("probe"))?;
    let mut waits = Vec::new();
    for _ in 0..300 {
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        waits.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    waits.sort_unstable();
    Ok(percentile(&waits, 0.5))
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds: u64 = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let mut callers: Vec<u64> = arguments
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    if callers.is_empty() {
        callers = vec![1, 8, 64, 1024];
    }
    let folder = tempfile::tempdir()?;
    println!("fdatasync p50 {:.3} ms", sync_costs(folder.path())?);
    let store = Arc::new(Sqlite::open(
        folder.path(),
        Options {
            sink: Arc::new(Deaf),
            on_fatal: Box::new(|_| ()),
            now: START,
            seed: 1,
        },
    )?);
    let text = Arc::new(format!(
        "{}0123456789abcdef",
        "客户在这里写一句话，ok? ".repeat(6)
    ));
    let mut firsts = Vec::new();
    for n in 0..CONVERSATIONS {
        let party = Party::Upstream {
            kf_account: KfAccountId(9),
            address: format!("customer-{n}"),
            fresh: Fresh {
                customer: CustomerId(mint(n)),
                identity: IdentityId(mint(n) ^ 1),
                conversation: ConversationId(mint(n) ^ 2),
            },
        };
        let (store, inbound) = (
            store.clone(),
            inbound(n, format!("first-{n}"), party, &text),
        );
        firsts.push(tokio::spawn(async move { store.file(inbound).await }));
    }
    for first in firsts {
        first.await??;
    }
    println!(
        "{} bytes a text, {CONVERSATIONS} conversations, {seconds} s each\ncallers      msg/s  writer µs/msg  process µs/msg   p50 ms   p99 ms  max ms",
        text.len()
    );
    for tasks in callers {
        let stop = Arc::new(AtomicBool::new(false));
        let filed = Arc::new(AtomicU64::new(0));
        let (writer, all) = cpu();
        let began = Instant::now();
        let running: Vec<_> = (0..tasks)
            .map(|task| {
                let (store, stop, filed, text) =
                    (store.clone(), stop.clone(), filed.clone(), text.clone());
                tokio::spawn(async move {
                    let mut waits = Vec::new();
                    let mut n = task * 7919;
                    while !stop.load(Ordering::Relaxed) {
                        let who = n % CONVERSATIONS;
                        let party = Party::Known {
                            conversation: ConversationId(mint(who) ^ 2),
                            identity: IdentityId(mint(who) ^ 1),
                        };
                        let key = format!("{tasks}-{task}-{n:08}");
                        let asked = Instant::now();
                        store.file(inbound(who, key, party, &text)).await?;
                        waits.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
                        filed.fetch_add(1, Ordering::Relaxed);
                        n += 1;
                    }
                    Ok::<_, kefu_store::StoreError>(waits)
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let count = filed.load(Ordering::Relaxed);
        let took = began.elapsed();
        let (writer_after, all_after) = cpu();
        stop.store(true, Ordering::Relaxed);
        let mut waits = Vec::new();
        for task in running {
            waits.extend(task.await??);
        }
        waits.sort_unstable();
        let each = |ns: u64| ns as f64 / 1000.0 / count.max(1) as f64;
        println!(
            "{tasks:7} {:10.0} {:14.1} {:15.1} {:8.2} {:8.2} {:7.1}",
            count as f64 / took.as_secs_f64(),
            each(writer_after - writer),
            each(all_after - all),
            percentile(&waits, 0.5),
            percentile(&waits, 0.99),
            percentile(&waits, 1.0),
        );
    }
    store.close().await;
    Ok(())
}
