//! The client against a platform on loopback that does what each test says.

mod media;
mod stub;
mod token;

use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

use super::*;
use crate::contact::GetContact;
use crate::kf::{AccountList, Outgoing, SendMsg};
use stub::{Act, Heard, Stub};

const SECRET: &str = "S3cret-of-the-app";

/// A clock that only the test moves.
#[derive(Clone)]
struct TestClock(Instant, Arc<AtomicU64>);

impl TestClock {
    fn new() -> Self {
        Self(Instant::now(), Arc::default())
    }

    fn forward(&self, seconds: u64) {
        self.1.fetch_add(seconds, Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let Self(start, seconds) = self.clone();
        Arc::new(move || start + Duration::from_secs(seconds.load(Ordering::SeqCst)))
    }
}

fn client_with(settings: Settings, clock: &TestClock) -> Client {
    // Another test of this process may have installed it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new(settings, clock.clock()).unwrap()
}

fn client_at(base: &str, clock: &TestClock) -> Client {
    let settings = Settings {
        base: base.to_owned(),
        timeout: Duration::from_secs(5),
        max_answer: 4_096,
        ..Settings::default()
    };
    client_with(settings, clock)
}

fn app_at(base: &str) -> App {
    client_at(base, &TestClock::new()).app("ww01", SECRET.into())
}

fn json(text: &str) -> Act {
    Act::Json(text.to_owned())
}

fn grant(token: impl std::fmt::Display, expires_in: u64) -> Act {
    Act::Json(format!(
        r#"{{"errcode":0,"errmsg":"ok","access_token":"{token}","expires_in":{expires_in}}}"#
    ))
}

/// A platform that grants the token `T0k` and treats every other call as told.
async fn platform(act: impl Fn(&Heard) -> Act + Send + Sync + 'static) -> Stub {
    Stub::start(move |heard| match heard.path.as_str() {
        "/cgi-bin/gettoken" => grant("T0k", 7_200),
        _ => act(heard),
    })
    .await
}

fn hello() -> SendMsg {
    SendMsg {
        touser: "wm01".into(),
        open_kfid: "wk01".into(),
        msgid: Some("gw-1".into()),
        content: Outgoing::Text("您好".into()),
    }
}

async fn fails(app: &App) -> Failure {
    let failure = app.call(&hello()).await.unwrap_err();
    let shown = format!("{failure} {failure:?} {app:?}");
    assert!(
        !shown.contains("T0k") && !shown.contains(SECRET),
        "a secret is shown: {shown}"
    );
    failure
}

#[tokio::test]
async fn a_call_carries_the_token_and_plain_utf8() {
    let stub = platform(|_| json(r#"{"errcode":0,"errmsg":"ok","msgid":"gw-1"}"#)).await;
    assert_eq!(
        app_at(&stub.base).call(&hello()).await.unwrap().msgid,
        "gw-1"
    );
    let asked = &stub.heard("gettoken")[0];
    assert_eq!(
        (asked.method.as_str(), asked.query.as_str()),
        ("GET", "corpid=ww01&corpsecret=S3cret-of-the-app")
    );
    let sent = &stub.heard("send_msg")[0];
    assert_eq!(
        (sent.method.as_str(), sent.query.as_str()),
        ("POST", "access_token=T0k")
    );
    assert!(
        String::from_utf8(sent.body.clone())
            .unwrap()
            .contains("您好")
    );
}

#[tokio::test]
async fn a_get_has_its_fields_in_the_query() {
    let stub = platform(|_| json(r#"{"errcode":84061,"errmsg":"no relation"}"#)).await;
    let request = GetContact {
        external_userid: "wm 中&1".into(),
        cursor: None,
    };
    let app = client_at(&format!("{}/deep/", stub.base), &TestClock::new());
    // The stub grants tokens only at the root, so the leading path shows in the refusal.
    let failure = app
        .app("ww01", SECRET.into())
        .call(&request)
        .await
        .unwrap_err();
    assert_eq!(
        (failure.api, failure.code),
        ("cgi-bin/gettoken", Some(84061))
    );
    assert_eq!(stub.heard("gettoken")[0].path, "/deep/cgi-bin/gettoken");

    let failure = app_at(&stub.base).call(&request).await.unwrap_err();
    assert_eq!(failure.fault, Fault::Permanent);
    let asked = &stub.heard("externalcontact/get")[0];
    assert_eq!(
        asked.query,
        "access_token=T0k&external_userid=wm+%E4%B8%AD%261"
    );
    assert_eq!(asked.method, "GET");
}

#[tokio::test]
async fn codes_say_whose_fault_it_is_and_whether_to_try_again() {
    let code = Arc::new(AtomicI64::new(0));
    let answered = Arc::clone(&code);
    let stub = platform(move |_| {
        let code = answered.load(Ordering::SeqCst);
        Act::Json(format!(
            r#"{{"errcode":{code},"errmsg":"reason, hint: [1]\n"}}"#
        ))
    })
    .await;
    let app = app_at(&stub.base);
    let minute = Retry::After(Duration::from_secs(60));
    let table = [
        (-1, Fault::Busy, Blame::Platform, Retry::ThreeTimes),
        (45033, Fault::Busy, Blame::Platform, Retry::ThreeTimes),
        (41096, Fault::Busy, Blame::Platform, Retry::ThreeTimes),
        (45009, Fault::RateLimited, Blame::Us, minute),
        (95001, Fault::WindowClosed, Blame::Customer, Retry::Never),
        (95002, Fault::WindowClosed, Blame::Customer, Retry::Never),
        (95013, Fault::WindowClosed, Blame::Customer, Retry::Never),
        (95018, Fault::WindowClosed, Blame::Customer, Retry::Never),
        (95003, Fault::Permission, Blame::Administrator, Retry::Never),
        (48007, Fault::Permission, Blame::Administrator, Retry::Never),
        (40201, Fault::Permission, Blame::Administrator, Retry::Never),
        (60020, Fault::Permission, Blame::Administrator, Retry::Never),
        (95007, Fault::CodeSpent, Blame::Us, Retry::Never),
        (41050, Fault::CodeSpent, Blame::Us, Retry::Never),
        (95030, Fault::Permanent, Blame::Us, Retry::Never),
        (40007, Fault::Permanent, Blame::Us, Retry::Never),
        (40058, Fault::Permanent, Blame::Us, Retry::Never),
        (999_999, Fault::Permanent, Blame::Us, Retry::Never),
    ];
    for (number, fault, blame, retry) in table {
        code.store(number, Ordering::SeqCst);
        let failure = fails(&app).await;
        assert_eq!((failure.code, failure.fault), (Some(number), fault));
        assert_eq!(
            (failure.fault.blame(), failure.retry()),
            (blame, retry),
            "{number}"
        );
        assert!(failure.fault.certainly_not_done(), "{number}");
        let repeated = failure.may_mean_repeated_msgid();
        assert_eq!(repeated, matches!(number, 40058 | 999_999), "{number}");
        assert_eq!(failure.detail, format!("{number} reason, hint: [1] "));
    }
}

#[test]
fn what_is_frozen_or_switched_off_is_for_an_administrator() {
    for (code, fault) in [
        (40243, Fault::Credentials),
        (50007, Fault::Permission),
        (65400, Fault::Permission),
    ] {
        assert_eq!(Fault::of_code(code), fault, "{code}");
    }
}

#[tokio::test]
async fn what_cannot_be_trusted_may_have_happened() {
    let raw = |text: &str| Act::Raw(text.as_bytes().to_vec());
    let turn = AtomicUsize::new(0);
    let stub = platform(move |_| match turn.fetch_add(1, Ordering::SeqCst) {
        0 => Act::Drop,
        1 => json("<html>not JSON</html>"),
        2 => Act::Json(format!(r#"{{"errcode":0,"pad":"{}"}}"#, "x".repeat(5_000))),
        3 => raw("HTTP/1.1 200 OK\r\n\r\n{\"errcode\":0,\"pad\":\"").tap(5_000),
        4 => raw("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"errcode\":0"),
        5 => raw("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
        6 => raw("no HTTP at all\r\n\r\n"),
        _ => json(r#"{"errcode":0,"msgid":{"odd":1}}"#),
    })
    .await;
    let app = app_at(&stub.base);
    for turn in 0..8 {
        let failure = fails(&app).await;
        assert_eq!(failure.fault, Fault::Unknown, "turn {turn}: {failure}");
        assert_eq!((failure.retry(), failure.code), (Retry::OnlyWithKey, None));
        assert!(!failure.fault.certainly_not_done());
    }
}

impl Act {
    /// Adds a long body.
    fn tap(self, length: usize) -> Self {
        match self {
            Self::Raw(mut bytes) => {
                bytes.resize(bytes.len() + length, b'x');
                Self::Raw(bytes)
            }
            other => other,
        }
    }
}

#[tokio::test]
async fn a_platform_that_hangs_is_given_up_on() {
    let stub = platform(|_| Act::Hang).await;
    let settings = Settings {
        base: stub.base.clone(),
        timeout: Duration::from_millis(300),
        ..Settings::default()
    };
    let client = client_with(settings, &TestClock::new());
    let app = client.app("ww01", SECRET.into());
    assert_eq!(
        fails(&app).await.fault,
        Fault::Unknown,
        "it may have been done"
    );

    let silent = Stub::start(|_| Act::Hang).await;
    let settings = Settings {
        base: silent.base.clone(),
        ..client.shared.settings.clone()
    };
    let client = client_with(settings, &TestClock::new());
    let failure = fails(&client.app("ww01", SECRET.into())).await;
    assert_eq!(
        (failure.fault, failure.api),
        (Fault::Unreachable, "cgi-bin/gettoken")
    );
    assert!(
        failure.fault.certainly_not_done(),
        "without a token nothing was sent"
    );
}

#[tokio::test]
async fn busy_proxies_are_waited_for() {
    let turn = AtomicUsize::new(0);
    let stub = platform(move |_| {
        let head = match turn.fetch_add(1, Ordering::SeqCst) {
            0 => "503 Service Unavailable\r\nRetry-After: 7",
            1 => "429 Too Many Requests\r\nRetry-After: 99999999",
            2 => "502 Bad Gateway\r\nRetry-After: 7",
            3 => "302 Found\r\nLocation: http://127.0.0.1:1/",
            _ => "404 Not Found",
        };
        Act::Raw(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n").into_bytes())
    })
    .await;
    let app = app_at(&stub.base);
    let after = |seconds| Retry::After(Duration::from_secs(seconds));
    let expected = [
        (Fault::Busy, after(7)),
        (Fault::RateLimited, after(3_600)),
        (Fault::Unknown, Retry::OnlyWithKey),
        (Fault::Permanent, Retry::Never),
        (Fault::Permanent, Retry::Never),
    ];
    for (fault, retry) in expected {
        let failure = fails(&app).await;
        assert_eq!(
            (failure.fault, failure.retry()),
            (fault, retry),
            "{failure}"
        );
    }
}

#[tokio::test]
async fn a_platform_out_of_reach_was_not_told_anything() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let failure = fails(&app_at(&base)).await;
    assert_eq!(
        (failure.fault, failure.retry()),
        (Fault::Unreachable, Retry::Backoff)
    );
    assert!(failure.fault.certainly_not_done());
}

#[tokio::test]
async fn what_does_not_fit_is_not_sent() {
    let stub = platform(|_| json("{}")).await;
    let app = app_at(&stub.base);
    let long = SendMsg {
        content: Outgoing::Text("x".repeat(2_049)),
        ..hello()
    };
    let failure = app.call(&long).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "cgi-bin/kf/send_msg: text.content: at most 2048, not 2049"
    );
    let tiny = media::upload("a.png", b"12345");
    assert_eq!(app.upload(tiny).await.unwrap_err().fault, Fault::Permanent);
    assert!(stub.heard("").is_empty());
}

#[test]
fn an_address_that_is_none_is_refused_at_the_start() {
    for base in [
        "",
        "qyapi.weixin.qq.com",
        "ftp://a",
        "http://a/?b=1",
        "http://a/#b",
        "file:///a",
    ] {
        assert!(base_url(base).is_err(), "{base}");
    }
    assert_eq!(
        base_url(WECOM).unwrap().as_str(),
        "https://qyapi.weixin.qq.com/"
    );
    assert_eq!(
        base_url("http://127.0.0.1:9/x//").unwrap().as_str(),
        "http://127.0.0.1:9/x/"
    );
}

#[tokio::test]
async fn a_name_that_leads_where_nobody_may_go_is_not_connected_to() {
    let stub = platform(|_| json(r#"{"errcode":0}"#)).await;
    let named = stub.base.replace("127.0.0.1", "localhost");
    let settings = |base: &str, guard: Guard| Settings {
        base: base.to_owned(),
        guard: Some(guard),
        ..Settings::default()
    };
    let nowhere = Guard::new(|_| false);
    let client = client_with(settings(&named, nowhere.clone()), &TestClock::new());
    let failure = client
        .app("ww01", SECRET.into())
        .call(&hello())
        .await
        .unwrap_err();
    assert_eq!(failure.fault, Fault::Forbidden, "{failure}");
    assert!(failure.fault.certainly_not_done());
    assert!(stub.heard("").is_empty(), "nobody came");
    let anywhere = Guard::new(|_| true);
    let client = client_with(settings(&named, anywhere), &TestClock::new());
    client
        .app("ww01", SECRET.into())
        .call(&hello())
        .await
        .unwrap();
    // In figures it is told at once, in any spelling.
    for base in [
        &stub.base,
        "http://0x7f.1:1",
        "http://[::1]:1",
        "http://2130706433",
    ] {
        let settings = settings(base, nowhere.clone());
        let made = Client::new(settings, TestClock::new().clock());
        assert!(matches!(made, Err(SetupError::Forbidden(_))), "{base}");
    }
}
