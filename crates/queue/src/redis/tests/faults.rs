//! A server that goes away, hangs, forgets, or refuses.

use super::*;

#[tokio::test]
async fn a_server_that_is_down_at_the_start_is_used_when_it_comes() {
    let mut server = Server::absent();
    let start = Instant::now();
    let redis = server.node("a").await;
    assert!(start.elapsed() <= Duration::from_millis(300));
    refused(&redis, 20).await;
    assert!(redis.publish(BRAND, Bytes::new()).await.is_err());
    assert!(!redis.is_up());
    server.restart(&[]);
    assert!(back(&redis).await <= Duration::from_secs(2));
    settled(&redis).await;
}

#[tokio::test]
async fn after_a_crash_the_line_is_empty_and_a_gap_is_told() {
    let mut server = Server::start(&[]).await;
    let redis = server.node("a").await;
    redis.join(BRAND, &[place(1), place(2)]).await.unwrap();
    settled(&redis).await;
    server.kill();
    refused(&redis, 20).await;
    server.restart(&[]);
    assert!(back(&redis).await <= Duration::from_secs(2));
    assert_eq!(soon(redis.next()).await, News::Gap);
    assert_eq!(head(&redis).await, [999]);
}

#[tokio::test]
async fn a_flushed_server_is_empty_consistent_and_noticed_by_every_node() {
    let server = Server::start(&[]).await;
    let (redis, other) = (server.node("a").await, server.node("b").await);
    for node in [&redis, &other] {
        settled(node).await;
        node.seat(BRAND, &[seat(2)]).await.unwrap();
    }
    redis.join(BRAND, &[place(1), place(2)]).await.unwrap();
    assert_eq!(redis.claim(BRAND, &[claim(1)]).await, Ok(vec![Some(ANN)]));
    server.tell(&["FLUSHALL"]).await;
    assert_eq!(redis.claim(BRAND, &[claim(2)]).await, Ok(vec![None]));
    assert_eq!(redis.contents(BRAND).await, Ok(crate::Contents::default()));
    assert_eq!(redis.loads(BRAND).await, Ok(vec![]));
    assert_eq!(soon(redis.next()).await, News::Gap);
    // What the sweep does.
    other.join(BRAND, &[place(2)]).await.unwrap();
    other.hold(BRAND, &[(SessionId(1), ANN)]).await.unwrap();
    other.seat(BRAND, &[seat(2)]).await.unwrap();
    assert_eq!(soon(other.next()).await, News::Gap);
    assert_eq!(redis.claim(BRAND, &[claim(2)]).await, Ok(vec![Some(ANN)]));
    assert_eq!(redis.loads(BRAND).await.unwrap()[0].held, 2);
    // Forgetting on purpose is not a loss.
    redis.clear(BRAND).await.unwrap();
    other.join(BRAND, &[place(3)]).await.unwrap();
    let quiet = tokio::time::timeout(Duration::from_millis(100), other.next()).await;
    assert_eq!(quiet.ok(), None);
}

#[tokio::test]
async fn flushing_all_the_time_fails_no_call() {
    let server = Server::start(&[]).await;
    let redis = server.node("a").await;
    let flush = async {
        for _ in 0..50 {
            server.tell(&["FLUSHALL"]).await;
            server.tell(&["SCRIPT", "FLUSH"]).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let work = async {
        for n in 0u128.. {
            redis.seat(BRAND, &[seat(3)]).await.unwrap();
            redis.join(BRAND, &[place(n)]).await.unwrap();
            redis.claim(BRAND, &[claim(n)]).await.unwrap();
            let loads = redis.loads(BRAND).await.unwrap();
            assert!(loads.iter().all(|load| load.held <= 3));
            redis.release(BRAND, &[SessionId(n)]).await.unwrap();
        }
    };
    tokio::select! { () = flush => {}, () = work => {} }
}

#[tokio::test]
async fn a_hanging_server_costs_a_few_calls_and_then_none() {
    let server = Server::start(&[]).await;
    let redis = server.node("a").await;
    redis.join(BRAND, &[place(1)]).await.unwrap();
    server.signal("STOP");
    refused(&redis, 3).await;
    // The breaker is open, or the beat found out first.
    let slowest = refused(&redis, 50).await;
    assert!(slowest <= Duration::from_millis(50), "{slowest:?}");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let slowest = refused(&redis, 50).await;
    assert!(
        slowest <= Duration::from_millis(50),
        "probes disturb nobody: {slowest:?}"
    );
    server.signal("CONT");
    assert!(back(&redis).await <= Duration::from_secs(2));
    assert!(redis.is_up());
}

#[tokio::test]
async fn a_hundred_callers_of_a_sleeping_server_are_answered_in_time() {
    let server = Server::start(&[]).await;
    let redis = Arc::new(server.node("a").await);
    redis.join(BRAND, &[place(1)]).await.unwrap();
    let sleep = server.tell(&["DEBUG", "SLEEP", "3"]);
    let calls = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let redis = Arc::clone(&redis);
            tasks.spawn(async move { refused(&redis, 10).await });
        }
        tasks.join_all().await;
        assert!(back(&redis).await <= Duration::from_secs(5));
    };
    tokio::join!(sleep, calls);
}

#[tokio::test]
async fn connections_that_are_killed_all_the_time_cost_next_to_nothing() {
    let server = Server::start(&[]).await;
    let redis = server.node("a").await;
    let kill = async {
        for _ in 0..20 {
            let kill = ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"];
            let _: u64 = server.ask(&kill).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let (mut calls, mut failed) = (0, 0);
    let work = async {
        loop {
            let start = Instant::now();
            failed += u32::from(redis.join(BRAND, &[place(1)]).await.is_err());
            calls += 1;
            assert!(start.elapsed() <= Duration::from_millis(300));
        }
    };
    tokio::select! { () = kill => {}, () = work => {} }
    assert!(calls > 100 && failed * 10 <= calls, "{failed} of {calls}");
    assert!(back(&redis).await <= Duration::from_secs(1));
    assert_eq!(redis.contents(BRAND).await.unwrap().waiting.len(), 2);
}

#[tokio::test]
async fn a_subscription_that_was_cut_tells_a_gap_and_hears_again() {
    let server = Server::start(&[]).await;
    let (first, second) = (server.node("a").await, server.node("b").await);
    settled(&first).await;
    settled(&second).await;
    let cut: u64 = server.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    assert_eq!(cut, 2);
    assert_eq!(soon(second.next()).await, News::Gap);
    let payload = Bytes::from_static(b"again");
    first.publish(BRAND, payload.clone()).await.unwrap();
    let brand = BRAND;
    assert_eq!(soon(second.next()).await, News::Message { brand, payload });
}

#[tokio::test]
async fn news_lost_on_the_way_are_noticed_without_further_news() {
    let server = Server::start(&[]).await;
    let (first, second) = (server.node("a").await, server.node("b").await);
    settled(&first).await;
    settled(&second).await;
    first
        .publish(BRAND, Bytes::from_static(b"1"))
        .await
        .unwrap();
    assert!(matches!(soon(second.next()).await, News::Message { .. }));
    // As if the server had dropped one.
    first.outbox.lose();
    let start = Instant::now();
    assert_eq!(soon(second.next()).await, News::Gap);
    assert!(start.elapsed() <= Duration::from_secs(2));
}

#[tokio::test]
async fn a_replica_is_as_good_as_down_until_it_is_promoted() {
    let server = Server::start(&[]).await;
    let redis = server.node("a").await;
    redis.join(BRAND, &[place(1)]).await.unwrap();
    server.tell(&["REPLICAOF", "127.0.0.1", "1"]).await;
    refused(&redis, 10).await;
    let slowest = refused(&redis, 50).await;
    assert!(slowest <= Duration::from_millis(50), "{slowest:?}");
    assert!(!redis.is_up());
    server.tell(&["REPLICAOF", "NO", "ONE"]).await;
    assert!(back(&redis).await <= Duration::from_secs(2));
    assert_eq!(head(&redis).await, [1, 999]);
}

#[tokio::test]
async fn a_loading_server_is_as_good_as_down_until_it_has_loaded() {
    let mut server = Server::start(&[]).await;
    let redis = server.node("a").await;
    redis.join(BRAND, &[place(1)]).await.unwrap();
    server.tell(&["DEBUG", "POPULATE", "3000"]).await;
    server.tell(&["SAVE"]).await;
    server.restart(&["--key-load-delay", "500"]);
    tokio::time::sleep(Duration::from_millis(300)).await;
    refused(&redis, 20).await;
    assert!(back(&redis).await <= Duration::from_secs(5));
    assert_eq!(
        head(&redis).await,
        [1, 999],
        "an old copy is as good as any hint"
    );
}

#[tokio::test]
async fn a_node_of_a_cluster_is_refused_with_its_reason() {
    let server = Server::start(&["--cluster-enabled", "yes"]).await;
    let redis = server.node("a").await;
    refused(&redis, 10).await;
    let Err(QueueError::Unavailable(why)) = redis.depths(BRAND).await else {
        panic!("no slot is served");
    };
    assert!(why.to_lowercase().contains("cluster"), "{why}");
    let found = inspect(&server.url()).await.unwrap();
    assert!(found.iter().any(|f| f.code == "cluster" && f.fatal));
}

#[tokio::test]
async fn without_memory_one_can_still_read_and_let_go() {
    let server = Server::start(&[]).await;
    let redis = server.node("a").await;
    redis.seat(BRAND, &[seat(5)]).await.unwrap();
    redis
        .join(BRAND, &[place(1), place(2), place(3)])
        .await
        .unwrap();
    redis.claim(BRAND, &[claim(3)]).await.unwrap();
    server.tell(&["CONFIG", "SET", "maxmemory", "1mb"]).await;
    for _ in 0..10 {
        let full = redis.join(BRAND, &[place(4)]).await.unwrap_err();
        assert!(full.to_string().contains("OOM"), "{full}");
    }
    assert!(redis.is_up(), "it answers");
    redis.release(BRAND, &[SessionId(3)]).await.unwrap();
    redis.leave(BRAND, &[SessionId(1)]).await.unwrap();
    assert_eq!(head(&redis).await, [2]);
    assert_eq!(redis.loads(BRAND).await.unwrap()[0].held, 0);
    server.tell(&["CONFIG", "SET", "maxmemory", "0"]).await;
    redis.join(BRAND, &[place(4)]).await.unwrap();
    assert_eq!(head(&redis).await, [2, 4]);
}

#[tokio::test]
async fn who_is_here_is_told_again_after_a_flush() {
    let server = Server::start(&[]).await;
    let (first, second) = (server.node("a").await, server.node("b").await);
    let (bob, minute) = (AgentId(3), Duration::from_secs(60));
    first.renew(BRAND, ANN, 1, minute).await.unwrap();
    first.renew(BRAND, ANN, 2, minute).await.unwrap();
    second.renew(BRAND, bob, 3, minute).await.unwrap();
    server.tell(&["FLUSHALL"]).await;
    assert_eq!(second.present(BRAND).await.unwrap(), [bob]);
    let mut here = first.present(BRAND).await.unwrap();
    here.sort();
    assert_eq!(here, [ANN, bob]);
    assert_eq!(second.present(BRAND).await.unwrap().len(), 2);
    assert!(
        !first.end(BRAND, ANN, 1).await.unwrap(),
        "the other lease was told too"
    );
    assert!(first.end(BRAND, ANN, 2).await.unwrap());
    server.tell(&["FLUSHALL"]).await;
    assert_eq!(
        first.present(BRAND).await.unwrap(),
        [],
        "ended leases stay ended"
    );
}
