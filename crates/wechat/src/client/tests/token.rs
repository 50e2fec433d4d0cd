//! One token per secret, renewed once when it goes stale.

use super::*;

/// A platform whose n-th token is `T0k-n`; it refuses all before `valid` with 42001.
async fn rotating(valid: Arc<AtomicI64>) -> Stub {
    let granted = AtomicI64::new(0);
    Stub::start(move |heard| {
        if heard.path == "/cgi-bin/gettoken" {
            return grant(
                format_args!("T0k-{}", granted.fetch_add(1, Ordering::SeqCst)),
                7_200,
            );
        }
        let token = heard.query.rsplit_once("T0k-").unwrap().1;
        if token.parse::<i64>().unwrap() < valid.load(Ordering::SeqCst) {
            return json(r#"{"errcode":42001,"errmsg":"access_token expired"}"#);
        }
        json(r#"{"errcode":0,"errmsg":"ok","account_list":[]}"#)
    })
    .await
}

#[tokio::test]
async fn many_calls_share_one_token() {
    let stub = rotating(Arc::default()).await;
    let client = client_at(&stub.base, &TestClock::new());
    let (one, same) = (
        client.app("ww01", SECRET.into()),
        client.app("ww01", SECRET.into()),
    );
    let calls = (0..50).map(|n| {
        let app = if n % 2 == 0 {
            one.clone()
        } else {
            same.clone()
        };
        tokio::spawn(async move { app.call(&AccountList::default()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(
        (stub.heard("gettoken").len(), stub.heard("list").len()),
        (1, 50)
    );

    client
        .app("ww01", "another secret".into())
        .call(&AccountList::default())
        .await
        .unwrap();
    assert_eq!(
        stub.heard("gettoken").len(),
        2,
        "a token belongs to one secret"
    );
    assert_eq!(client.shared.slots.lock().len(), 2);
    drop((one, same));
    let _kept = client.app("ww02", SECRET.into());
    assert_eq!(
        client.shared.slots.lock().len(),
        1,
        "tokens go with the last who holds them"
    );
}

#[tokio::test]
async fn a_stale_token_is_renewed_once_for_all() {
    let valid = Arc::new(AtomicI64::new(0));
    let stub = rotating(Arc::clone(&valid)).await;
    let app = app_at(&stub.base);
    app.call(&AccountList::default()).await.unwrap();
    valid.store(1, Ordering::SeqCst);
    let calls = (0..20).map(|_| {
        let app = app.clone();
        tokio::spawn(async move { app.call(&AccountList::default()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(
        stub.heard("gettoken").len(),
        2,
        "one token at first, one after it went stale"
    );
}

#[tokio::test]
async fn a_token_that_stays_refused_is_not_asked_for_again_and_again() {
    for code in [40001, 40014, 42001] {
        let stub = platform(move |_| {
            Act::Json(format!(r#"{{"errcode":{code},"errmsg":"bad token T0k"}}"#))
        })
        .await;
        let clock = TestClock::new();
        let app = client_at(&stub.base, &clock).app("ww01", SECRET.into());
        let failure = fails(&app).await;
        assert_eq!((failure.fault, failure.code), (Fault::Token, Some(code)));
        assert_eq!(
            (stub.heard("gettoken").len(), stub.heard("send_msg").len()),
            (2, 2)
        );
        for _ in 0..5 {
            fails(&app).await;
        }
        assert_eq!(stub.heard("gettoken").len(), 2);
        clock.forward(6);
        fails(&app).await;
        assert_eq!(stub.heard("gettoken").len(), 3);
    }
}

#[tokio::test]
async fn a_token_ends_by_the_clock() {
    let valid = Arc::new(AtomicI64::new(0));
    let stub = rotating(Arc::clone(&valid)).await;
    let clock = TestClock::new();
    let app = client_at(&stub.base, &clock).app("ww01", SECRET.into());
    app.sign_in().await.unwrap();
    clock.forward(7_070);
    app.sign_in().await.unwrap();
    assert_eq!(stub.heard("gettoken").len(), 1);
    clock.forward(20);
    app.sign_in().await.unwrap();
    assert_eq!(stub.heard("gettoken").len(), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_tried_once_a_minute() {
    let answer = format!(r#"{{"errcode":40001,"errmsg":"invalid {SECRET}"}}"#);
    let stub = Stub::start(move |_| Act::Json(answer.clone())).await;
    let clock = TestClock::new();
    let app = client_at(&stub.base, &clock).app("ww01", SECRET.into());
    for _ in 0..10 {
        let failure = fails(&app).await;
        assert_eq!(
            (failure.fault, failure.retry()),
            (Fault::Credentials, Retry::Never)
        );
        assert_eq!(failure.fault.blame(), Blame::Administrator);
    }
    assert_eq!(
        stub.heard("").len(),
        1,
        "many attempts would block our address for an hour"
    );
    clock.forward(61);
    fails(&app).await;
    assert_eq!(stub.heard("").len(), 2);
}
