//! `kill -9` at random moments: what was acknowledged is there, once, in order.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use kefu_domain::{
    BrandId, Content, ConversationId, CustomerId, EntryPointId, IdentityId, KfAccountId, SessionId,
};

use crate::{
    Fresh, Inbound, ListQuery, MaintenanceStore, Opening, Party, ThreadStore,
    contract::{Dice, Ears},
};

const BRAND: BrandId = BrandId(1);
const FOLDER: &str = "KEFU_TEST_CRASH_FOLDER";
const ROUNDS: u64 = 24;
const WRITERS: u64 = 16;

/// One message of one of four customers.
fn inbound(round: u64, writer: u64, n: u64) -> Inbound {
    let who = u128::from((writer + n) % 4) + 1;
    let unique = u128::from(round << 40 | writer << 32 | n);
    Inbound {
        brand: BRAND,
        entry_point: EntryPointId(2),
        party: Party::Upstream {
            kf_account: KfAccountId(3),
            address: who.to_string(),
            fresh: Fresh {
                customer: CustomerId(who << 100 | unique),
                identity: IdentityId(who << 100 | unique),
                conversation: ConversationId(who << 100 | unique),
            },
        },
        key: format!("{round}-{writer}-{n}"),
        content: Content::text(format!("{round}-{writer}-{n}")),
        at: i64::try_from(n).unwrap(),
        grant: None,
        opening: Opening {
            session: SessionId(unique),
            queue: None,
        },
    }
}

/// The child: writes until it is killed, and says what was acknowledged.
#[test]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else {
        // Not called by the test below.
        return;
    };
    let (folder, round) = folder.rsplit_once('#').unwrap();
    let round: u64 = round.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = super::open(Path::new(folder), Arc::new(Ears::default()));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = store.clone();
                tokio::spawn(async move {
                    for n in 0.. {
                        let inbound = inbound(round, writer, n);
                        let key = inbound.key.clone();
                        let filed = store.file(inbound).await.unwrap();
                        let line = format!("ack {key} {} {}\n", filed.conversation, filed.seq);
                        std::io::stdout().write_all(line.as_bytes()).unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_kill_9() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("store");
    let mut acked: HashMap<String, (ConversationId, u64)> = HashMap::new();
    let mut dice = Dice(u64::from(std::process::id()));
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["sqlite::tests::crash::child", "--exact", "--nocapture"])
            .env(FOLDER, format!("{}#{round}", folder.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reader = tokio::task::spawn_blocking(move || {
            let mut heard = Vec::new();
            while let Some(Ok(line)) = lines.next() {
                let words: Vec<_> = line.split(' ').collect();
                if let ["ack", key, conversation, seq] = words[..] {
                    heard.push((
                        key.to_owned(),
                        conversation.parse().unwrap(),
                        seq.parse().unwrap(),
                    ));
                }
            }
            heard
        });
        let wait = Duration::from_millis(150 + dice.roll(350));
        tokio::time::sleep(wait).await;
        child.kill().unwrap();
        child.wait().unwrap();
        for (key, conversation, seq) in reader.await.unwrap() {
            assert_eq!(acked.insert(key, (conversation, seq)), None);
        }
        if round % 6 == 5 {
            compare(&folder, &acked).await;
        }
    }
    assert!(
        acked.len() as u64 > ROUNDS * 10,
        "only {} acks",
        acked.len()
    );
}

async fn compare(folder: &Path, acked: &HashMap<String, (ConversationId, u64)>) {
    let store = super::open(folder, Arc::new(Ears::default()));
    let mut stored = HashMap::new();
    let threads = store
        .conversations(
            BRAND,
            ListQuery {
                limit: 50,
                ..ListQuery::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(threads.len(), 4);
    for thread in threads {
        assert_eq!(thread.sessions, 1);
        let mut seq = 0;
        while seq < thread.last_seq {
            // Refuses a gap by itself.
            let page = store
                .messages(BRAND, thread.id, seq, None, false, 1000)
                .await
                .unwrap();
            assert!(!page.is_empty());
            for message in page {
                seq += 1;
                assert_eq!(message.seq, seq);
                let key = message.client_msg_id.clone();
                assert_eq!(message.content, Content::text(key.as_str()));
                assert_eq!(stored.insert(key, (thread.id, seq)), None);
            }
        }
    }
    for (key, place) in acked {
        assert_eq!(stored.get(key), Some(place), "{key}");
    }
    assert_eq!(store.verify().await.unwrap(), stored.len() as u64);
    store.close().await;
}
