//! Keys that vanish one by one, as with an eviction policy, must not leave nonsense.

use super::*;
use crate::Contents;

/// Ann holds 1; 2 and 3 wait.
async fn filled(server: &Server) -> Redis {
    let redis = server.node("a").await;
    settled(&redis).await;
    redis.seat(BRAND, &[seat(2)]).await.unwrap();
    redis
        .join(BRAND, &[place(1), place(2), place(3)])
        .await
        .unwrap();
    assert_eq!(redis.claim(BRAND, &[claim(1)]).await, Ok(vec![Some(ANN)]));
    redis
}

/// What the sweep does: everything in the store, again.
async fn swept(redis: &Redis) {
    redis.seat(BRAND, &[seat(2)]).await.unwrap();
    redis.hold(BRAND, &[(SessionId(1), ANN)]).await.unwrap();
    redis.join(BRAND, &[place(2), place(3)]).await.unwrap();
    let mut contents = redis.contents(BRAND).await.unwrap();
    contents.waiting.sort_by_key(|place| place.session);
    let (waiting, held) = (vec![place(2), place(3)], vec![(SessionId(1), ANN)]);
    assert_eq!(contents, Contents { waiting, held });
    assert_eq!(redis.loads(BRAND).await.unwrap()[0].held, 1);
    assert_eq!(head(redis).await, [2, 3]);
    let taken = redis.claim(BRAND, &[claim(2), claim(3)]).await;
    assert_eq!(taken, Ok(vec![Some(ANN), None]), "room for one");
}

#[tokio::test]
async fn sessions_or_agents_that_vanish_take_the_rest_with_them() {
    for key in [keys::where_is(BRAND), keys::desk(BRAND)] {
        let server = Server::start(&[]).await;
        let redis = filled(&server).await;
        let _: u64 = server
            .ask(&["DEL", std::str::from_utf8(&key).unwrap()])
            .await;
        redis.leave(BRAND, &[SessionId(99)]).await.unwrap();
        assert_eq!(redis.contents(BRAND).await, Ok(Contents::default()));
        assert_eq!(redis.loads(BRAND).await, Ok(vec![]));
        assert_eq!(head(&redis).await, [0; 0]);
        assert_eq!(soon(redis.next()).await, News::Gap);
        swept(&redis).await;
    }
}

#[tokio::test]
async fn a_line_that_vanishes_is_seen_by_the_sweep() {
    let server = Server::start(&[]).await;
    let redis = filled(&server).await;
    let line = String::from_utf8(keys::line(BRAND, TEAM)).unwrap();
    let _: u64 = server.ask(&["DEL", &line]).await;
    assert_eq!(redis.claim(BRAND, &[claim(2)]).await, Ok(vec![None]));
    let (waiting, held) = (vec![], vec![(SessionId(1), ANN)]);
    assert_eq!(redis.contents(BRAND).await, Ok(Contents { waiting, held }));
    let where_is = String::from_utf8(keys::where_is(BRAND)).unwrap();
    let left: u64 = server.ask(&["HLEN", &where_is]).await;
    assert_eq!(left, 2, "the mark and session 1: nothing leaks");
    swept(&redis).await;
}

#[tokio::test]
async fn a_list_of_teams_that_vanishes_is_seen_by_the_sweep() {
    let server = Server::start(&[]).await;
    let redis = filled(&server).await;
    let teams = String::from_utf8(keys::teams(BRAND)).unwrap();
    let _: u64 = server.ask(&["DEL", &teams]).await;
    assert_eq!(redis.depths(BRAND).await, Ok(vec![]));
    swept(&redis).await;
    assert_eq!(redis.depths(BRAND).await, Ok(vec![(TEAM, 1)]));
}

#[tokio::test]
async fn a_line_of_another_age_is_not_taken_over() {
    let server = Server::start(&[]).await;
    let redis = filled(&server).await;
    for key in [keys::teams(BRAND), keys::where_is(BRAND)] {
        let _: u64 = server
            .ask(&["DEL", std::str::from_utf8(&key).unwrap()])
            .await;
    }
    redis.join(BRAND, &[place(8)]).await.unwrap();
    assert_eq!(head(&redis).await, [8]);
}
