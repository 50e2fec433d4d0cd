use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::HeaderMap,
    response::{IntoResponse, Redirect},
    routing::post,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

fn notifier(private_addresses: bool) -> Notifier {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Notifier::new(Policy { private_addresses }).expect("a client")
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn call(url: &str) -> Call<'_> {
    Call {
        url,
        secret: "whsec_1",
        id: "01JQ8W6ZK3V5T9M2C4D6E8F0AB",
        event: "message.away",
        body: r#"{"event":"message.away","unread":2}"#,
        at_s: 1_775_109_780,
    }
}

#[tokio::test]
async fn a_receiver_gets_the_body_and_can_verify_it() {
    let router = Router::new().route(
        "/hook",
        post(async |headers: HeaderMap, body: Bytes| {
            let signed = sign("whsec_1", 1_775_109_780, &body);
            let good = headers["kefu-signature"] == signed.as_str()
                && headers["kefu-event"] == "message.away"
                && headers["kefu-delivery"] == "01JQ8W6ZK3V5T9M2C4D6E8F0AB"
                && headers["content-type"] == "application/json"
                && body == r#"{"event":"message.away","unread":2}"#.as_bytes();
            StatusCode::from_u16(if good { 204 } else { 401 }).expect("a status")
        }),
    );
    let url = format!("http://{}/hook", serve(router).await);
    let outcome = notifier(true).call(&call(&url)).await;
    assert_eq!(outcome, Outcome::Taken { status: 204 });
}

#[tokio::test]
async fn a_refusal_is_told_in_the_receivers_words_without_control_characters() {
    let router = Router::new().route(
        "/",
        post(async || {
            (
                StatusCode::BAD_GATEWAY,
                format!("no\u{1b}[31m\nroom{}", "!".repeat(500)),
            )
        }),
    );
    let url = format!("http://{}/", serve(router).await);
    let Outcome::Failed { status, reason } = notifier(true).call(&call(&url)).await else {
        panic!("it was refused");
    };
    assert_eq!(status, Some(502));
    assert!(
        reason.starts_with("502 Bad Gateway no [31m room!!"),
        "{reason}"
    );
    assert!(reason.chars().count() < 230 && !reason.chars().any(char::is_control));
}

#[tokio::test]
async fn without_the_operators_word_an_inner_receiver_is_never_called() {
    let heard = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&heard);
    let router = Router::new().fallback(async move || {
        counter.fetch_add(1, Ordering::SeqCst);
        "heard"
    });
    let address = serve(router).await;
    for url in [
        format!("https://127.0.0.1:{}/", address.port()),
        format!("https://localhost:{}/", address.port()),
        format!("https://[::ffff:127.0.0.1]:{}/", address.port()),
    ] {
        let outcome = notifier(false).call(&call(&url)).await;
        assert!(
            matches!(outcome, Outcome::Forbidden { .. }),
            "{url}: {outcome:?}"
        );
        assert!(notifier(false).check(&url).await.is_err(), "{url}");
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn every_hop_is_checked_and_three_are_followed() {
    let hops = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&hops);
    let router = Router::new()
        .route("/3", post(async || Redirect::temporary("/2")))
        .route("/2", post(async || Redirect::permanent("/1")))
        .route(
            "/1",
            post(async || (StatusCode::FOUND, [("location", "/0")])),
        )
        .route("/0", post(async |body: String| (StatusCode::OK, body)))
        .route(
            "/round",
            post(async move || {
                counter.fetch_add(1, Ordering::SeqCst);
                Redirect::temporary("/round")
            }),
        )
        .route(
            "/inside",
            post(async || Redirect::temporary("http://169.254.169.254/latest/meta-data/")),
        )
        .route(
            "/file",
            post(async || Redirect::temporary("file:///etc/passwd")),
        )
        .route(
            "/other",
            post(async || (StatusCode::SEE_OTHER, [("location", "/0")])),
        );
    let address = serve(router).await;
    let notifier = notifier(true);
    let at = |path: &str| format!("http://{address}{path}");
    assert_eq!(
        notifier.call(&call(&at("/3"))).await,
        Outcome::Taken { status: 200 }
    );
    let round = notifier.call(&call(&at("/round"))).await;
    assert!(
        matches!(round, Outcome::Failed { status: None, .. }),
        "{round:?}"
    );
    assert_eq!(hops.load(Ordering::SeqCst), 4);
    for path in ["/inside", "/file"] {
        let outcome = notifier.call(&call(&at(path))).await;
        assert!(
            matches!(outcome, Outcome::Forbidden { .. }),
            "{path}: {outcome:?}"
        );
    }
    let other = notifier.call(&call(&at("/other"))).await;
    assert!(
        matches!(
            other,
            Outcome::Failed {
                status: Some(303),
                ..
            }
        ),
        "{other:?}"
    );
}

#[tokio::test]
async fn a_slow_receiver_costs_five_seconds_and_a_huge_answer_64_kib() {
    let router = Router::new().route(
        "/huge",
        post(async || {
            let chunk = Bytes::from(vec![b'x'; 16 << 10]);
            let endless = futures(chunk);
            Body::from_stream(endless).into_response()
        }),
    );
    let url = format!("http://{}/huge", serve(router).await);
    let outcome = notifier(true).call(&call(&url)).await;
    assert_eq!(outcome, Outcome::Taken { status: 200 });

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a caller");
        let mut heard = [0; 1024];
        let _ = stream.read(&mut heard).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
    let began = std::time::Instant::now();
    let outcome = notifier(true).call(&call(&url)).await;
    assert!(matches!(outcome, Outcome::Failed { status: None, .. }));
    assert!(
        (4..8).contains(&began.elapsed().as_secs()),
        "{:?}",
        began.elapsed()
    );
}

/// The same chunk for ever.
fn futures(chunk: Bytes) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    futures_util::stream::repeat_with(move || Ok(chunk.clone()))
}

#[tokio::test]
async fn nobody_there_is_a_failure_in_words() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    drop(listener);
    let outcome = notifier(true).call(&call(&url)).await;
    assert_eq!(
        outcome,
        failed(None, "连不上对方\u{1f}the receiver cannot be reached")
    );
}
