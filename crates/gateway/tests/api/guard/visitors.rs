//! Visitors, and whose word is taken for who they are: rows B72–B74.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use super::post;
use crate::{
    http,
    world::{As, World},
};

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

pub(crate) fn signed(header: &str, claims: &Value, key: &str) -> String {
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
