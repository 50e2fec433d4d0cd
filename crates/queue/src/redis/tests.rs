//! Against real servers, each test with its own, which is stopped, killed, flushed and misled.

mod evicted;
mod faults;
mod server;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use kefu_domain::{AgentId, SessionId, TeamId};

use super::*;
use crate::{Bus, Claim, News, Place, Presence, QueueError, Seat, WaitingQueue, contract};
use server::Server;

const BRAND: BrandId = BrandId(7);
const TEAM: TeamId = TeamId(1);
const ANN: AgentId = AgentId(2);

fn place(session: u128) -> Place {
    Place {
        session: SessionId(session),
        team: TEAM,
        rank: session as i64,
    }
}

fn claim(session: u128) -> Claim {
    Claim {
        session: SessionId(session),
        team: TEAM,
        candidates: vec![ANN],
    }
}

fn seat(limit: u32) -> Seat {
    Seat {
        agent: ANN,
        open: true,
        limit,
    }
}

async fn head(redis: &Redis) -> Vec<u128> {
    let head = redis.head(BRAND, TEAM, 100).await.unwrap();
    head.iter().map(|place| place.session.0).collect()
}

/// Reads the gap that the first subscription tells, and what may follow it.
async fn settled(redis: &Redis) {
    assert_eq!(soon(redis.next()).await, News::Gap);
    while let Ok(news) = tokio::time::timeout(Duration::from_millis(50), redis.next()).await {
        assert_eq!(news, News::Gap);
    }
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(5);
    tokio::time::timeout(limit, what)
        .await
        .expect("within five seconds")
}

/// Asks until it works; how long that took.
async fn back(redis: &Redis) -> Duration {
    let start = Instant::now();
    let asked = async {
        while redis.join(BRAND, &[place(999)]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    soon(asked).await;
    start.elapsed()
}

/// Calls that must be refused, and soon enough. The slowest of them.
async fn refused(redis: &Redis, calls: usize) -> Duration {
    let mut slowest = Duration::ZERO;
    for _ in 0..calls {
        let start = Instant::now();
        let answer = redis.join(BRAND, &[place(1)]).await;
        assert!(
            matches!(answer, Err(QueueError::Unavailable(_))),
            "{answer:?}"
        );
        slowest = slowest.max(start.elapsed());
    }
    assert!(slowest <= Duration::from_millis(300), "{slowest:?}");
    slowest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_waiting_queue_keeps_its_contract() {
    let server = Server::start(&[]).await;
    let (first, second) = (server.node("a").await, server.node("b").await);
    contract::waiting_queue(&[Arc::new(first), Arc::new(second)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bus_keeps_its_contract() {
    let server = Server::start(&[]).await;
    // Nodes are told apart also if they were given the same name.
    let (first, second) = (server.node("a").await, server.node("a").await);
    contract::bus(&[Arc::new(first), Arc::new(second)]).await;
}

#[tokio::test]
async fn presence_keeps_its_contract() {
    let server = Server::start(&[]).await;
    let (first, second) = (server.node("a").await, server.node("b").await);
    contract::presence(&[Arc::new(first), Arc::new(second)]).await;
}

#[tokio::test]
async fn nodes_are_named_and_leave_nothing_when_dropped() {
    let server = Server::start(&[]).await;
    let redis = server.node("shop 1\r\nQUIT").await;
    settled(&redis).await;
    let clients: String = server.ask(&["CLIENT", "LIST"]).await;
    assert_eq!(
        clients.matches("name=kefu:shop1QUIT ").count(),
        2,
        "{clients}"
    );
    drop(redis);
    let gone = async {
        loop {
            let clients: String = server.ask(&["CLIENT", "LIST"]).await;
            if !clients.contains("name=kefu:") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    soon(gone).await;
}

#[tokio::test]
async fn an_address_that_cannot_work_is_refused_with_a_sentence() {
    let error = Redis::connect("http://x", "a").await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("redis://user:password@host:6379/0")
    );
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_in_clear_when_tls_was_asked_for() {
    let server = Server::start(&[]).await;
    let url = server.url().replace("redis://", "rediss://");
    let redis = Redis::connect(&url, "a").await.unwrap();
    refused(&redis, 5).await;
    assert!(inspect(&url).await.is_err());
}

#[tokio::test]
async fn databases_of_one_server_do_not_hear_each_other() {
    let server = Server::start(&[]).await;
    let first = server.node("a").await;
    let second = Redis::connect(&format!("{}/1", server.url()), "b")
        .await
        .unwrap();
    settled(&first).await;
    settled(&second).await;
    first
        .publish(BRAND, Bytes::from_static(b"x"))
        .await
        .unwrap();
    let heard = tokio::time::timeout(Duration::from_millis(200), second.next()).await;
    assert_eq!(heard.ok(), None);
}

#[tokio::test]
async fn inspection_names_what_is_wrong() {
    let server = Server::start(&[]).await;
    let codes = async || -> Vec<_> {
        let found = inspect(&server.url()).await.unwrap();
        found
            .iter()
            .map(|f| f.code)
            .filter(|code| *code != "slow")
            .collect()
    };
    assert_eq!(codes().await, [""; 0]);
    server
        .tell(&["CONFIG", "SET", "maxmemory-policy", "allkeys-random"])
        .await;
    server.tell(&["REPLICAOF", "127.0.0.1", "1"]).await;
    assert_eq!(codes().await, ["eviction", "replica"]);
    assert!(inspect("redis://127.0.0.1:1").await.is_err());
}
