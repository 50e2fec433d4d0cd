//! What people and programs write into JSON: rows B33–B48 of bad input, at every door that takes it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    http,
    raw::{Door, Raw, frame},
    work::accepted,
    world::{As, Guest, NOTHING, World},
};

/// An object that is refused wherever it is said: by HTTP as 400, on a socket by an error that leaves
/// it open.
async fn refused_at_every_door(world: &World, guest: &Guest, door: &str, body: &str) {
    let origin = world.origin();
    let bearer = format!("Bearer {}", guest.token);
    let json_type = ("content-type", "application/json");
    let staff = [
        json_type,
        ("origin", origin.as_str()),
        ("cookie", world.cookie(As::Admin)),
    ];
    let visitor = [json_type, ("authorization", bearer.as_str())];
    let open = format!(
        "{{\"entry_point_id\":\"{door}\",{}",
        body.trim_start_matches('{')
    );
    let what: String = body.chars().take(60).collect();
    for (target, headers, body) in [
        ("/v1/login", &[json_type][..], body),
        ("/v1/visitor/open", &[json_type], open.as_str()),
        ("/v1/visitor/messages", &visitor, body),
        ("/v1/visitor/act", &visitor, body),
        ("/v1/teams", &staff, body),
        ("/v1/kf-accounts", &staff, body),
        (
            &format!("/v1/conversations/{}/messages", guest.conversation) as &str,
            &staff,
            body,
        ),
    ] {
        let reply = http::send(world.addr, "POST", target, headers, body.as_bytes()).await;
        assert_eq!(
            reply.refusal(),
            (400, "bad_request".to_owned()),
            "{target} {what}"
        );
        let answer = String::from_utf8_lossy(&reply.bytes).into_owned();
        assert!(
            answer.len() < 1500,
            "{target} {what}: the answer repeats it all"
        );
    }
    if body.len() > 60_000 {
        return;
    }
    for door in Door::BOTH {
        let mut socket = Raw::signed_in(world, door, guest).await;
        socket.bytes(&frame(0x81, body.as_bytes())).await;
        let error = socket.hear("error").await;
        assert_eq!(error["code"], "bad_request", "{door:?} {what}");
        socket.say(&json!({ "op": "ping" })).await;
        socket.hear("pong").await;
    }
}

#[tokio::test]
async fn b33_to_b37_b43_b47_what_is_no_sound_json_is_refused_at_every_door() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let deep = |depth: usize| format!("{{\"name\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let bodies = [
        deep(100_000),
        deep(20_000),
        deep(200),
        r#"{"op":"a","op":"b","name":"a","name":"b","account":"a","account":"b","token":"a","token":"b","client_msg_id":"a","client_msg_id":"b"}"#.to_owned(),
        r#"{"name":1e400}"#.to_owned(),
        r#"{"name":NaN}"#.to_owned(),
        r#"{"name":-}"#.to_owned(),
        r#"{"name":01}"#.to_owned(),
        r#"{"name":9007199254740993}"#.to_owned(),
        r#"{"name":"\ud800"}"#.to_owned(),
        r#"{"name":"\ud800\u0041"}"#.to_owned(),
        r#"{"name":"\x"}"#.to_owned(),
        "{\"name\":\"a\nb\"}".to_owned(),
        r#"{"__proto__":{"role":"administrator"}}"#.to_owned(),
        r#"{"constructor":{"prototype":{}}}"#.to_owned(),
        r#"{"name":"x"} {"name":"y"}"#.to_owned(),
        r#"{"name":"x"}//"#.to_owned(),
        r#"{'name':'x'}"#.to_owned(),
        r#"{"name":"x",}"#.to_owned(),
        "{".to_owned(),
    ];
    for body in &bodies {
        refused_at_every_door(&world, &guest, &shop.door, body).await;
    }
}

/// A visitor's word by HTTP; the status and code, or 200 and nothing.
async fn say(world: &World, guest: &Guest, id: &str, text: &str) -> (u16, String) {
    let bearer = format!("Bearer {}", guest.token);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
    ];
    let body = json!({ "client_msg_id": id, "msgtype": "text", "text": { "content": text } });
    let reply = http::send(
        world.addr,
        "POST",
        "/v1/visitor/messages",
        &headers,
        body.to_string().as_bytes(),
    )
    .await;
    reply.refusal()
}

/// Texts of a thread, as an agent reads them.
async fn texts(world: &World, guest: &Guest) -> Vec<String> {
    let target = format!(
        "/v1/conversations/{}/messages?limit=200",
        guest.conversation
    );
    let history = world.get(As::Agent, &target).await;
    let all = history["messages"].as_array().unwrap().iter();
    all.filter_map(|m| m["text"]["content"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn b38_to_b42_b48_words_are_kept_as_they_are_said() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    accepted(&world, &guest.session).await;
    let kept = [
        "\u{202e}gnp.exe\u{202c} \u{2066}x\u{2069} \u{200b}\u{200d}\u{feff}".to_owned(),
        format!("e{}", "\u{301}".repeat(4000)),
        "👨‍👩‍👧‍👦🏳️‍🌈 𠮷𪚥 \u{10ffff}".to_owned(),
        "茶".repeat(4096),
        "<script>alert(1)</script><img src=x onerror=alert(1)>".to_owned(),
        "[x](javascript:alert(1)) data:text/html,<b>".to_owned(),
        "'; DROP TABLE messages; -- \" OR 1=1 %' _".to_owned(),
        "{{7*7}} ${jndi:ldap://x} %s%n #{1} <%= 1 %>".to_owned(),
        "*3\r\n$3\r\nDEL\r\n".to_owned(),
        "line\r\nline\t\u{1b}[31mred".to_owned(),
    ];
    for (n, text) in kept.iter().enumerate() {
        assert_eq!(
            say(&world, &guest, &format!("k{n}"), text).await.0,
            200,
            "{text:?}"
        );
    }
    let read = texts(&world, &guest).await;
    for text in &kept {
        assert!(read.contains(text), "{text:?}");
    }
    // Found again by its own letters, once they are indexed, and nothing else is found by signs of a
    // query language.
    let search = async |word: &str| {
        let found = world.get(As::Agent, &format!("/v1/search?q={word}")).await;
        found["messages"].as_array().unwrap().len()
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    while search("DROP%20TABLE").await != 1 {
        assert!(Instant::now() < deadline, "never found");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for word in ["%27%20OR%20%271%27%3D%271", "%25%25", "__", "%2A%2A"] {
        assert_eq!(search(word).await, 0, "{word}");
    }
    let refused = [
        ("", 400, "bad_request"),
        (" \n\t ", 400, "bad_request"),
        ("a\0b", 400, "bad_request"),
        (&"茶".repeat(4097), 413, "too_large"),
        (&"x".repeat(20_000), 413, "too_large"),
    ];
    for (text, status, code) in refused {
        let what: String = text.chars().take(10).collect();
        assert_eq!(
            say(&world, &guest, "r1", text).await,
            (status, code.to_owned()),
            "{what:?}"
        );
    }
}

#[tokio::test]
async fn b38_b40_names_cannot_pose_as_others() {
    let world = World::start().await;
    let put = async |name: &str| {
        let body = json!({ "account": format!("a{}", name.len()), "name": name });
        world.call(As::Admin, "POST", "/v1/agents", body).await
    };
    // Two spellings of one name are one name.
    let made = put("Cafe\u{301}").await.json();
    assert_eq!(
        made["agent"]["name"].as_str().or(made["name"].as_str()),
        Some("Café"),
        "{made}"
    );
    for name in [
        "a\nb",
        "a\0b",
        "\u{1b}[31m",
        &"好".repeat(65),
        &format!("e{}", "\u{301}".repeat(3000)),
        "  ",
    ] {
        assert_eq!(put(name).await.refusal().0, 400, "{name:?}");
    }
    let made = put("<b>林</b>").await.json();
    assert!(
        made.to_string().contains("<b>林</b>"),
        "shown as text, kept as it is: {made}"
    );
}

#[tokio::test]
async fn b40_b41_where_a_visitor_comes_from_is_only_ever_text() {
    let world = World::start().await;
    let shop = world.shop().await;
    let open = async |page: Value| {
        let body = json!({ "entry_point_id": shop.door, "page": page });
        let reply = http::send(
            world.addr,
            "POST",
            "/v1/visitor/open",
            &[("content-type", "application/json")],
            body.to_string().as_bytes(),
        )
        .await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        let id = reply.json()["external_userid"].as_str().unwrap().to_owned();
        world
            .get(As::Admin, &format!("/v1/customers/{id}"))
            .await
            .to_string()
    };
    for url in [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "file:///etc/passwd",
    ] {
        let customer =
            open(json!({ "url": url, "title": "<svg onload=alert(1)>", "referrer": url })).await;
        assert!(
            !customer.contains(&format!("\"url\":\"{url}")),
            "{customer}"
        );
    }
    let customer = open(json!({ "url": format!("https://shop.example/{}", "a".repeat(100_000)), "title": "x".repeat(100_000) })).await;
    assert!(customer.len() < 20_000, "{}", customer.len());
    let guest = world.visitor(&shop, "在吗").await;
    accepted(&world, &guest.session).await;
    let target = format!("/v1/conversations/{}/messages", guest.conversation);
    for url in ["javascript:alert(1)", "data:text/html,x", "//evil.example"] {
        let body = json!({ "client_msg_id": "l1", "msgtype": "link", "link": { "title": "x", "url": url } });
        let reply = world.call(As::Agent, "POST", &target, body).await;
        assert_eq!(reply.refusal(), (400, "bad_request".to_owned()), "{url}");
    }
}

#[tokio::test]
async fn b45_b46_an_id_belongs_to_its_sender_and_times_are_ours() {
    let world = World::start().await;
    let shop = world.shop().await;
    let (one, two) = (
        world.visitor(&shop, "一").await,
        world.visitor(&shop, "二").await,
    );
    for id in [
        "",
        " ",
        "a b",
        "茶",
        "a:b",
        "a\r\nDEL",
        "{a}",
        "*",
        "../x",
        &"x".repeat(65),
        &"x".repeat(10_240),
    ] {
        assert_eq!(
            say(&world, &one, id, "x").await,
            (400, "bad_request".to_owned()),
            "{id:?}"
        );
    }
    assert_eq!(say(&world, &one, "same", "第一个").await.0, 200);
    assert_eq!(say(&world, &one, "same", "第一个").await.0, 200);
    assert_eq!(
        say(&world, &one, "same", "另一个").await,
        (409, "idempotency_conflict".to_owned())
    );
    assert_eq!(
        say(&world, &two, "same", "别人的").await.0,
        200,
        "another's id is another one"
    );
    assert_eq!(texts(&world, &one).await, ["一", "第一个"]);
    assert_eq!(texts(&world, &two).await, ["二", "别人的"]);
    // A client's clock is asked for nothing.
    let bearer = format!("Bearer {}", one.token);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
    ];
    let body = json!({ "client_msg_id": "t1", "msgtype": "text", "text": { "content": "x" }, "sent_at": 99_999_999_999_999_i64 });
    let reply = http::send(
        world.addr,
        "POST",
        "/v1/visitor/messages",
        &headers,
        body.to_string().as_bytes(),
    )
    .await;
    assert_eq!(reply.refusal(), (400, "bad_request".to_owned()));
}

#[tokio::test]
async fn b43_ids_with_signs_in_them_name_nothing() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let mut agent = Raw::signed_in(&world, Door::Agent, &guest).await;
    for id in [
        "a:b",
        "*",
        "{x}",
        "a\r\nFLUSHALL\r\n",
        "'; --",
        "",
        &"x".repeat(5000),
        &NOTHING.to_lowercase(),
    ] {
        for frame in [
            json!({ "op": "send", "id": "1", "conversation_id": id, "msgtype": "text", "text": { "content": "x" } }),
            json!({ "op": "accept", "id": "2", "session_id": id }),
            json!({ "op": "resend", "id": "3", "msgid": id }),
            json!({ "op": "viewing", "id": "4", "conversation_id": id }),
        ] {
            agent.say(&frame).await;
            let error = agent.hear("error").await;
            let code = error["code"].as_str().unwrap();
            assert!(
                ["bad_request", "not_found"].contains(&code),
                "{frame}: {error}"
            );
        }
    }
}
