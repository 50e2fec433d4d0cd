//! Who gets in and who does not: rows B66–B77 of bad input that the other files leave open.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    http::{self, Reply},
    raw::{Door, Raw, ticket},
    world::{As, PASSWORD, World},
};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn post(world: &World, target: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
    let headers = [&[JSON], headers].concat();
    http::send(
        world.addr,
        "POST",
        target,
        &headers,
        body.to_string().as_bytes(),
    )
    .await
}

#[tokio::test]
async fn b66_nobody_makes_themselves_more_than_they_are() {
    let world = World::start().await;
    let own = format!("/v1/agents/{}", world.ids[&As::Agent]);
    let tried = [
        (
            "PATCH",
            own.as_str(),
            json!({ "role": "administrator" }),
            403,
        ),
        ("PATCH", "/v1/me", json!({ "role": "administrator" }), 400),
        (
            "PATCH",
            "/v1/me",
            json!({ "theme": "dark", "limit": 1000 }),
            400,
        ),
        (
            "POST",
            "/v1/agents",
            json!({ "account": "x", "name": "x", "role": "administrator" }),
            403,
        ),
        (
            "POST",
            "/v1/api-keys",
            json!({ "name": "x", "role": "administrator" }),
            403,
        ),
    ];
    for (method, target, body, status) in tried {
        let reply = world.call(As::Agent, method, target, body.clone()).await;
        assert_eq!(
            reply.status,
            status,
            "{method} {target} {body}: {}",
            reply.json()
        );
    }
    assert_eq!(world.get(As::Agent, "/v1/me").await["role"], "agent");
}

#[tokio::test]
async fn b67_an_unknown_account_takes_as_long_as_a_wrong_password() {
    let world = World::start().await;
    let mut took = [Vec::new(), Vec::new()];
    for n in 0..5 {
        for (which, account) in ["xiaolin".to_owned(), format!("nobody{n}")]
            .into_iter()
            .enumerate()
        {
            let began = Instant::now();
            let reply = world.sign_in("xishan", &account, "wrong").await;
            took[which].push(began.elapsed());
            assert_eq!(reply.status, 401);
        }
    }
    let [known, unknown] = took.map(|mut all| {
        all.sort_unstable();
        all[2].as_secs_f64()
    });
    assert!(
        (0.3..3.0).contains(&(unknown / known)),
        "{known} s and {unknown} s"
    );
}

#[tokio::test]
async fn b68_a_sign_in_is_a_new_one_whatever_cookie_came_along() {
    let world = World::start().await;
    let planted = format!("kefu={}", "a".repeat(64));
    let body = json!({ "brand": "xishan", "account": "xiaolin", "password": PASSWORD });
    let reply = post(&world, "/v1/login", &[("cookie", planted.as_str())], &body).await;
    let given = reply.cookie().unwrap();
    assert_ne!(given, planted);
    let me = async |cookie: &str| {
        http::send(world.addr, "GET", "/v1/me", &[("cookie", cookie)], b"")
            .await
            .status
    };
    assert_eq!((me(&planted).await, me(&given).await), (401, 200));
}

#[tokio::test]
async fn b69_signing_out_closes_the_sockets_of_that_sign_in_and_no_others() {
    let world = World::start().await;
    let own = world.origin();
    let with = async |cookie: &str| {
        let headers = format!("cookie: {cookie}\r\norigin: {own}\r\n");
        let mut socket = Raw::knock(&world, Door::Agent, &headers)
            .await
            .unwrap_or_else(|_| panic!("refused"));
        socket.say(&json!({ "op": "hello" })).await;
        socket.hear("resumed").await;
        socket
    };
    let elsewhere = world
        .sign_in("xishan", "xiaolin", PASSWORD)
        .await
        .cookie()
        .unwrap();
    let mut here = with(world.cookie(As::Agent)).await;
    let mut there = with(&elsewhere).await;
    world
        .done(As::Agent, "POST", "/v1/logout", Value::Null)
        .await;
    let began = Instant::now();
    assert_eq!(here.closed().await, 4401);
    assert!(began.elapsed() < Duration::from_secs(5));
    there.say(&json!({ "op": "ping" })).await;
    there.hear("pong").await;
}

#[tokio::test]
async fn b69_a_lower_role_ends_what_the_higher_one_showed() {
    let world = World::start().await;
    let mut wall = Raw::open(&world, Door::Agent).await;
    let pass = ticket(&world, As::Admin, As::Supervisor).await;
    wall.say(&json!({ "op": "hello", "ticket": pass })).await;
    wall.hear("resumed").await;
    wall.say(&json!({ "op": "wall", "id": "w", "on": true }))
        .await;
    wall.hear("wall").await;
    let target = format!("/v1/agents/{}", world.ids[&As::Supervisor]);
    world
        .done(As::Admin, "PATCH", &target, json!({ "role": "agent" }))
        .await;
    let quiet = async {
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(2500) {
            if let Ok(Some((first, payload))) =
                tokio::time::timeout(Duration::from_millis(2500), wall.next()).await
            {
                let text = String::from_utf8_lossy(&payload).into_owned();
                let told = text.contains("\"op\":\"wall\"")
                    && began.elapsed() > Duration::from_millis(1200);
                assert!(!told, "{first} {text}");
            } else {
                break;
            }
        }
    };
    quiet.await;
    wall.say(&json!({ "op": "wall", "id": "w2", "on": true }))
        .await;
    // Refused, if the socket was not closed altogether.
    while let Some((_, payload)) = wall.next().await {
        let text = String::from_utf8_lossy(&payload).into_owned();
        if text.contains("\"w2\"") {
            assert!(text.contains("forbidden"), "{text}");
            break;
        }
    }
    assert_eq!(
        world
            .call(As::Supervisor, "GET", "/v1/wall", Value::Null)
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn b70_a_form_of_another_site_does_nothing() {
    let world = World::start().await;
    let cookie = ("cookie", world.cookie(As::Admin));
    let own = world.origin();
    let body = br#"{"name":"x"}"#;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ] {
        for origin in ["https://evil.example", "null", own.as_str()] {
            let mut headers = vec![cookie, ("origin", origin)];
            if !kind.is_empty() {
                headers.push(("content-type", kind));
            }
            let status = http::send(world.addr, "POST", "/v1/teams", &headers, body)
                .await
                .status;
            let right = if origin == own { 415 } else { 403 };
            assert_eq!(status, right, "{kind} from {origin}");
        }
    }
    assert_eq!(world.get(As::Admin, "/v1/teams").await["items"], json!([]));
}

#[tokio::test]
async fn b71_no_answer_is_lent_to_another_origin() {
    let world = World::start().await;
    let shop = world.shop().await;
    let cookie = ("cookie", world.cookie(As::Admin));
    for origin in [
        "null",
        "https://evil.example",
        "https://shop.example.evil.example",
        "https://evil-shop.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://SHOP.example",
        "https://sub.shop.example",
    ] {
        for (method, target) in [
            ("GET", "/v1/me"),
            ("OPTIONS", "/v1/me"),
            ("OPTIONS", "/v1/visitor/open"),
            ("GET", "/v1/visitor/messages"),
            ("GET", "/v1/bootstrap"),
            ("GET", "/metrics"),
        ] {
            let headers = [
                cookie,
                ("origin", origin),
                ("access-control-request-method", "POST"),
            ];
            let reply = http::send(world.addr, method, target, &headers, b"").await;
            assert_eq!(
                reply.header("access-control-allow-origin"),
                None,
                "{method} {target} {origin}"
            );
        }
    }
    // The door's own site may read the visitor's door, which takes no cookie, and nothing else.
    let headers = [cookie, ("origin", "https://shop.example")];
    for target in ["/v1/me", "/v1/bootstrap", "/v1/visitor/messages"] {
        let reply = http::send(world.addr, "GET", target, &headers, b"").await;
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            None,
            "{target}"
        );
        let lent = reply.header("access-control-allow-origin").is_some();
        assert_eq!(lent, target.contains("visitor"), "{target}");
    }
    drop(shop);
}

#[tokio::test]
async fn b72_a_visitors_token_is_theirs_alone() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let read = async |token: &str| {
        let bearer = format!("Bearer {token}");
        http::send(
            world.addr,
            "GET",
            "/v1/visitor/messages",
            &[("authorization", &bearer)],
            b"",
        )
        .await
    };
    assert_eq!(read(&guest.token).await.status, 200);
    assert_eq!(guest.token.len(), 64, "256 bits");
    let other = format!(
        "{}{}",
        if guest.token.starts_with('0') {
            '1'
        } else {
            '0'
        },
        &guest.token[1..]
    );
    for token in [
        other.as_str(),
        &guest.token[..63],
        &format!("{}0", guest.token),
        &"0".repeat(64),
        "x",
        "*",
    ] {
        assert_eq!(
            read(token).await.refusal(),
            (401, "token_invalid".to_owned()),
            "{token}"
        );
    }
    for headers in [
        &[][..],
        &[("authorization", guest.token.as_str())],
        &[("authorization", "Basic eDp5")],
        &[("cookie", "kefu=x")],
    ] {
        let reply = http::send(world.addr, "GET", "/v1/visitor/messages", headers, b"").await;
        assert_eq!(
            reply.refusal(),
            (401, "unauthenticated".to_owned()),
            "{headers:?}"
        );
    }
    // It opens nothing of the API, and nothing at another brand's door.
    let bearer = format!("Bearer {}", guest.token);
    let reply = http::send(
        world.addr,
        "GET",
        "/v1/conversations",
        &[("authorization", &bearer)],
        b"",
    )
    .await;
    assert_eq!(reply.status, 401);
    let team = world
        .done(As::Stranger, "POST", "/v1/teams", json!({ "name": "x" }))
        .await;
    let account = world
        .done(
            As::Stranger,
            "POST",
            "/v1/kf-accounts",
            json!({ "name": "x", "team_id": team["id"] }),
        )
        .await;
    let door = json!({ "open_kfid": account["id"], "channel": "website", "name": "x" });
    let door = world
        .done(As::Stranger, "POST", "/v1/entry-points", door)
        .await;
    let reply = post(
        &world,
        "/v1/visitor/open",
        &[],
        &json!({ "entry_point_id": door["id"], "token": guest.token }),
    )
    .await;
    assert_eq!(reply.refusal(), (401, "token_invalid".to_owned()));
    // On disk there is only its hash.
    for entry in std::fs::read_dir(world.folder())
        .unwrap()
        .flatten()
        .filter(|one| one.path().is_file())
    {
        let bytes = std::fs::read(entry.path()).unwrap();
        let found = bytes
            .windows(64)
            .any(|window| window == guest.token.as_bytes());
        assert!(!found, "{:?}", entry.file_name());
    }
}

fn signed(header: &str, claims: &Value, key: &str) -> String {
    let text = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    format!(
        "{text}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

#[tokio::test]
async fn b73_b74_only_the_brands_own_signature_says_who_somebody_is() {
    let world = World::start().await;
    let shop = world.shop().await;
    let hs256 = r#"{"alg":"HS256","typ":"JWT"}"#;
    let claims = json!({ "sub": "8802", "exp": 4_102_444_800_i64 });
    let open = async |identity: String| {
        post(
            &world,
            "/v1/visitor/open",
            &[],
            &json!({ "entry_point_id": shop.door, "identity": identity }),
        )
        .await
    };
    let invalid = (401, "identity_invalid".to_owned());
    // Without a key of the brand's, nobody is anybody.
    assert_eq!(open(signed(hs256, &claims, "")).await.refusal(), invalid);
    let key = world
        .done(As::Admin, "POST", "/v1/brand/identity-key", Value::Null)
        .await;
    let key = key["key"].as_str().unwrap();
    let theirs = world
        .done(As::Stranger, "POST", "/v1/brand/identity-key", Value::Null)
        .await;
    let good = signed(hs256, &claims, key);
    let known = open(good.clone()).await;
    assert_eq!(known.status, 200, "{}", known.json());
    let again = open(good.clone()).await;
    assert_eq!(
        again.json()["external_userid"],
        known.json()["external_userid"]
    );
    let parts: Vec<&str> = good.split('.').collect();
    let swapped =
        URL_SAFE_NO_PAD.encode(json!({ "sub": "1", "exp": 4_102_444_800_i64 }).to_string());
    let wrong = [
        String::new(),
        "x".to_owned(),
        "..".to_owned(),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{swapped}.{}", parts[0], parts[2]),
        format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
            parts[1],
            parts[2]
        ),
        signed(r#"{"alg":"none"}"#, &claims, key),
        signed(r#"{"alg":"HS512"}"#, &claims, key),
        signed(r#"{"alg":"hs256"}"#, &claims, key),
        signed(r#"{"alg":"HS256","alg":"none"}"#, &claims, key),
        signed(r#"{"kid":"../../dev/null"}"#, &claims, ""),
        signed(hs256, &claims, theirs["key"].as_str().unwrap()),
        signed(hs256, &claims, ""),
        signed(hs256, &json!({ "sub": "8802", "exp": 1 }), key),
        signed(hs256, &json!({ "sub": "8802" }), key),
        signed(hs256, &json!({ "sub": "8802", "exp": "never" }), key),
        signed(hs256, &json!({ "sub": "", "exp": 4_102_444_800_i64 }), key),
        signed(
            hs256,
            &json!({ "sub": 8802, "exp": 4_102_444_800_i64 }),
            key,
        ),
        signed(hs256, &json!({ "exp": 4_102_444_800_i64 }), key),
        format!("{good} "),
        format!("{good}{}", "A".repeat(5000)),
    ];
    for identity in wrong {
        assert_eq!(
            open(identity.clone()).await.refusal(),
            invalid,
            "{identity}"
        );
    }
    // A new key ends what the old one signed.
    world
        .done(As::Admin, "POST", "/v1/brand/identity-key", Value::Null)
        .await;
    assert_eq!(open(good).await.refusal(), invalid);
}

#[tokio::test]
async fn b75_limits_are_not_evaded_by_spelling() {
    let world =
        World::with(|settings| settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let guess = async |target: &str, from: &str, account: &str| {
        let body = json!({ "brand": "xishan", "account": account, "password": "wrong" });
        post(&world, target, &[("x-forwarded-for", from)], &body)
            .await
            .status
    };
    let tries = [
        ("2001:db8::1", "xiaolin"),
        ("2001:db8::2", "XIAOLIN"),
        ("2001:db8::ffff:3", " xiaolin "),
        ("2001:db8:0:0:1::", "xiaolin"),
        ("2001:db8::5", "xiaolin"),
    ];
    for (from, account) in tries {
        assert_eq!(
            guess("/v1/login", from, account).await,
            401,
            "{from} {account}"
        );
    }
    assert_eq!(
        guess("/v1/login", "2001:db8::6", "xiaolin").await,
        429,
        "one network is one place"
    );
    assert_eq!(
        guess("/v1/login", "2001:db8:0:1::1", "xiaolin").await,
        401,
        "another is not"
    );
    for target in ["/v1/login/", "/v1//login", "/V1/login", "/v1/login;x"] {
        assert_eq!(
            guess(target, "2001:db8::7", "xiaolin").await,
            404,
            "{target}"
        );
    }
    // With a query it is the same door.
    assert_eq!(guess("/v1/login?x=1", "2001:db8::8", "xiaolin").await, 429);
}

#[tokio::test]
async fn b76_b77_a_handoff_link_leads_only_where_it_was_set_up() {
    let world = World::start().await;
    for target in [
        "/h/x",
        "/h/01JQ8W6ZK3V5T9M2C4D6E8F0AB",
        "/h/01JQ8W6ZK3V5T9M2C4D6E8F0AB?next=//evil.example",
        "/h/..%2f..",
        "/h///evil.example",
        "/h/%5c%5cevil.example",
        "/h/https:%2f%2fevil.example",
    ] {
        let reply = http::send(world.addr, "GET", target, &[], b"").await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (404, None),
            "{target}"
        );
    }
    let reply = http::send(world.addr, "GET", "/console?next=//evil.example", &[], b"").await;
    assert_eq!(reply.header("location"), Some("/console/"));
}
