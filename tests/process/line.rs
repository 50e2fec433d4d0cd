//! The waiting line while its Redis fails: accepting goes on at its speed, who waits keeps the place,
//! nobody is given to two agents or twice, and routing goes on within five seconds of the repair.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    kefu::Kefu,
    redis::Server,
    shop::{Shop, Socket, Visitor},
};

/// A message is accepted within so long, whatever Redis does.
const ACCEPTED: Duration = Duration::from_secs(1);
/// Routing goes on within so long after a single fault is over.
const RESUMED: Duration = Duration::from_secs(5);
/// What only the full sweep sees is mended within so long.
const SWEPT: Duration = Duration::from_secs(35);

struct Story {
    redis: Server,
    shop: Shop,
    kefu: Kefu,
    _folder: tempfile::TempDir,
}

impl Story {
    async fn begin(rules: Value) -> Self {
        let redis = Server::start().await;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let kefu = Kefu::start(&data, &["--queue", &redis.url()]).await;
        let shop = Shop::open(&kefu, &data, rules).await;
        Self {
            redis,
            shop,
            kefu,
            _folder: folder,
        }
    }

    /// So many new customers, one after the other, each accepted in time.
    async fn customers(&self, count: usize) -> Vec<Visitor> {
        let mut all = Vec::new();
        for n in 0..count {
            let visitor = self.shop.visitor().await;
            let (reply, took) = visitor.write("m1", &format!("第 {n} 位")).await;
            assert_eq!(
                reply.status,
                200,
                "{}: {}",
                reply.json(),
                self.kefu.logged()
            );
            assert!(took < ACCEPTED, "accepting took {took:?}");
            all.push(visitor);
        }
        all
    }

    /// Everybody is served within a time from now.
    async fn served(&self, all: &[Visitor], within: Duration) {
        let deadline = Instant::now() + within;
        for visitor in all {
            loop {
                let session = visitor.session().await;
                if session["service_state"] == 3 {
                    break;
                }
                assert!(
                    Instant::now() < deadline,
                    "{session}: {}",
                    self.kefu.logged()
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Every session there ever was has one assignment, which is open.
    async fn each_once(&self, count: usize) {
        let all = self.shop.assignments().await;
        let mut sessions: Vec<&str> = all
            .iter()
            .filter_map(|row| row["session_id"].as_str())
            .collect();
        sessions.sort_unstable();
        sessions.dedup();
        assert_eq!((sessions.len(), all.len()), (count, count));
        assert!(all.iter().all(|row| row["until_at"].is_null()));
    }

    /// A fault from its begin to its end, with customers before, during and after.
    async fn lives_through(
        &mut self,
        broken: impl AsyncFnOnce(&mut Self) -> Vec<Visitor>,
        within: Duration,
    ) {
        let mut desk = self.shop.desk().await;
        let before = self.customers(5).await;
        self.served(&before, RESUMED).await;
        let during = broken(self).await;
        self.served(&during, within).await;
        let after = self.customers(5).await;
        self.served(&after, RESUMED).await;
        self.each_once(before.len() + during.len() + after.len())
            .await;
        // The agent heard of each of them, and the console is still the same one.
        desk.say(json!({ "op": "ping" })).await;
        desk.hear("pong").await;
    }
}

fn auto() -> Value {
    json!({ "assign": "auto", "silence_warn_s": 0 })
}

#[tokio::test]
async fn f8_redis_is_killed_and_comes_back_empty() {
    let mut story = Story::begin(auto()).await;
    let killed = async |story: &mut Story| {
        story.redis.kill();
        let during = story.customers(20).await;
        story.redis.restart().await;
        during
    };
    story.lives_through(killed, RESUMED).await;
}

#[tokio::test]
async fn f9_a_flushed_line_is_restored_in_its_order() {
    let story = Story::begin(json!({ "assign": "manual", "silence_warn_s": 0 })).await;
    let all = story.customers(60).await;
    let last = all.last().unwrap();
    assert_eq!(last.session().await["place"], 59);
    story.redis.tell("FLUSHALL");
    let deadline = Instant::now() + RESUMED;
    for (n, visitor) in all.iter().enumerate() {
        loop {
            let session = visitor.session().await;
            if session["place"] == n && !session["estimated_at"].is_null() {
                break;
            }
            assert!(Instant::now() < deadline, "{n}: {session}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    // Taken one by one, in the order in which they came.
    let mut desk = story.shop.desk().await;
    for (n, visitor) in all.iter().enumerate() {
        let ack = next(&mut desk, n).await;
        let taken = &ack["conversation"]["customer"]["external_userid"];
        assert_eq!(taken.as_str(), Some(visitor.customer.as_str()), "{n}");
    }
    story.each_once(60).await;
}

/// Takes the next customer.
async fn next(desk: &mut Socket, n: usize) -> Value {
    desk.say(json!({ "op": "next", "id": format!("n{n}") }))
        .await;
    loop {
        let frame = desk.next().await.unwrap();
        assert_ne!(frame["op"], "error", "{frame}");
        if frame["op"] == "ack" && frame["id"] == format!("n{n}") {
            return frame;
        }
    }
}

#[tokio::test]
async fn f10_flushing_all_the_time_stops_nobody() {
    let mut story = Story::begin(auto()).await;
    let flushed = async |story: &mut Story| {
        let mut during = Vec::new();
        for _ in 0..6 {
            story.redis.tell("FLUSHALL");
            let until = Instant::now() + Duration::from_secs(1);
            during.extend(story.customers(5).await);
            tokio::time::sleep_until(until).await;
        }
        // Nine of ten were served meanwhile.
        let mut waiting = 0;
        for visitor in &during[..25] {
            waiting += usize::from(visitor.session().await["service_state"] != 3);
        }
        assert!(waiting <= 2, "{waiting} of 25 still wait");
        during
    };
    story.lives_through(flushed, RESUMED).await;
}

#[tokio::test]
async fn f11_redis_hangs() {
    let mut story = Story::begin(auto()).await;
    let stopped = async |story: &mut Story| {
        story.redis.signal(Signal::STOP);
        let mut during = story.customers(10).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        during.extend(story.customers(10).await);
        story.redis.signal(Signal::CONT);
        let asleep = story.redis.murmur("DEBUG SLEEP 3");
        during.extend(story.customers(10).await);
        drop(asleep);
        story.redis.tell("PING");
        during
    };
    story.lives_through(stopped, RESUMED).await;
}

#[tokio::test]
async fn f12_connections_are_dropped_all_the_time() {
    let mut story = Story::begin(auto()).await;
    let dropped = async |story: &mut Story| {
        let mut during = Vec::new();
        for _ in 0..30 {
            story.redis.tell("CLIENT KILL TYPE normal");
            story.redis.tell("CLIENT KILL TYPE pubsub");
            during.extend(story.customers(1).await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        during
    };
    story.lives_through(dropped, RESUMED).await;
}

#[tokio::test]
async fn f13_redis_has_no_memory_left() {
    let mut story = Story::begin(auto()).await;
    let full = async |story: &mut Story| {
        story.redis.tell("CONFIG SET maxmemory-policy noeviction");
        story.redis.tell("CONFIG SET maxmemory 1mb");
        assert!(story.redis.ask("SET a b").unwrap().starts_with("-OOM"));
        let during = story.customers(20).await;
        story.redis.tell("CONFIG SET maxmemory 0");
        during
    };
    story.lives_through(full, RESUMED).await;
}

#[tokio::test]
async fn f14_redis_throws_keys_away() {
    let mut story = Story::begin(auto()).await;
    let evicting = async |story: &mut Story| {
        story
            .redis
            .tell("CONFIG SET maxmemory-policy allkeys-random");
        story.redis.tell("DEBUG POPULATE 20000 junk 100");
        story.redis.tell("CONFIG SET maxmemory 3mb");
        let mut during = story.customers(10).await;
        for _ in 0..5 {
            story.redis.tell("DEBUG POPULATE 20000 more 100");
            during.extend(story.customers(2).await);
        }
        story.redis.tell("CONFIG SET maxmemory 0");
        assert!(story.redis.tell("EXISTS junk:1 junk:2 junk:3 junk:4") != ":4\r\n");
        during
    };
    story.lives_through(evicting, SWEPT).await;
}

#[tokio::test]
async fn f17_redis_can_only_be_read() {
    let mut story = Story::begin(auto()).await;
    let replica = async |story: &mut Story| {
        story.redis.tell("REPLICAOF 127.0.0.1 1");
        assert!(story.redis.ask("SET a b").unwrap().starts_with("-READONLY"));
        let during = story.customers(20).await;
        story.redis.tell("REPLICAOF NO ONE");
        during
    };
    story.lives_through(replica, RESUMED).await;
}

#[tokio::test]
async fn f15_a_replica_without_the_tail_takes_over() {
    let mut story = Story::begin(auto()).await;
    let replica = Server::start().await;
    replica.tell(&format!("REPLICAOF 127.0.0.1 {}", story.redis.port()));
    let failed_over = async |story: &mut Story| {
        let mut during = story.customers(5).await;
        replica.until_it_has(&story.redis).await;
        // From here on nothing reaches it any more.
        replica.tell("REPLICAOF NO ONE");
        during.extend(story.customers(10).await);
        story.redis.restart().await;
        // What the replica knows stands where the primary was.
        let from = format!("REPLICAOF 127.0.0.1 {}", replica.port());
        story.redis.tell(&from);
        story.redis.until_it_has(&replica).await;
        story.redis.tell("REPLICAOF NO ONE");
        during.extend(story.customers(5).await);
        during
    };
    story.lives_through(failed_over, SWEPT).await;
}

#[tokio::test]
async fn f16_a_line_restored_from_an_old_snapshot_has_no_ghosts() {
    let mut story = Story::begin(json!({ "assign": "manual", "silence_warn_s": 0 })).await;
    let old = story.customers(10).await;
    story.redis.tell("SAVE");
    let mut desk = story.shop.desk().await;
    for n in 0..old.len() {
        next(&mut desk, n).await;
    }
    let state = async |desk: &mut Socket, state: &str| {
        desk.say(json!({ "op": "state", "id": state, "state": state }))
            .await;
        desk.hear("ack").await;
    };
    // Nobody is offered anybody while it happens.
    state(&mut desk, "busy").await;
    let new = story.customers(5).await;
    story.redis.restart().await;
    assert!(
        story.redis.tell("DBSIZE") != ":0\r\n",
        "the snapshot is back"
    );
    // Who was taken long ago is nowhere before them.
    let deadline = Instant::now() + SWEPT;
    for (n, visitor) in new.iter().enumerate() {
        loop {
            let session = visitor.session().await;
            if session["place"] == n {
                break;
            }
            assert!(Instant::now() < deadline, "{n}: {session}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    state(&mut desk, "online").await;
    for (n, visitor) in new.iter().enumerate() {
        let ack = next(&mut desk, old.len() + n).await;
        let taken = &ack["conversation"]["customer"]["external_userid"];
        assert_eq!(taken.as_str(), Some(visitor.customer.as_str()), "{n}");
    }
    story.each_once(15).await;
}
