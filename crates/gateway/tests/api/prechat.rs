//! What is asked before the first message, set up by an administrator and answered at the visitor door.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    http::{self, Reply},
    world::{As, Shop, World},
};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn post(world: &World, target: &str, token: Option<&str>, body: Value) -> Reply {
    let bearer = format!("Bearer {}", token.unwrap_or_default());
    let mut headers = vec![JSON];
    if token.is_some() {
        headers.push(("authorization", &bearer));
    }
    let body = body.to_string();
    http::send(world.addr, "POST", target, &headers, body.as_bytes()).await
}

async fn open(world: &World, shop: &Shop, more: Value) -> Value {
    let mut body = json!({ "entry_point_id": shop.door });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let opened = post(world, "/v1/visitor/open", None, body).await;
    assert_eq!(opened.status, 200, "{}", opened.json());
    opened.json()
}

async fn asking(world: &World, shop: &Shop) {
    let form = json!({ "prechat": {
        "enabled": true, "lead": "先留个电话", "consent": { "url": "https://shop.example/privacy" },
        "fields": [
            { "kind": "name", "required": true },
            { "kind": "phone", "label": "手机号", "required": true },
            { "kind": "choice", "label": "想问什么", "options": ["售前", "售后"] },
        ],
    } });
    let target = format!("/v1/kf-accounts/{}", shop.account);
    let row = world.done(As::Admin, "PATCH", &target, form).await;
    assert_eq!(row["prechat"]["fields"][1]["label"], "手机号");
    assert_eq!(row["prechat"]["consent"]["text"], "");
}

/// A brand's word for its user, signed with its key.
async fn identity(world: &World, claims: Value) -> String {
    let made = world
        .done(As::Admin, "POST", "/v1/brand/identity-key", json!({}))
        .await;
    let key = made["key"].as_str().unwrap();
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{signed}.{signature}")
}

#[tokio::test]
async fn answers_become_the_customers_attributes_and_nobody_is_asked_twice() {
    let world = World::start().await;
    let shop = world.shop().await;
    assert_eq!(open(&world, &shop, json!({})).await["prechat"], Value::Null);
    asking(&world, &shop).await;

    let opened = open(&world, &shop, json!({})).await;
    let form = &opened["prechat"];
    assert_eq!(form["lead"], "先留个电话");
    assert_eq!(form["fields"][0]["name"], "name");
    assert_eq!(form["fields"][2]["options"], json!(["售前", "售后"]));
    assert_eq!(form["consent"]["url"], "https://shop.example/privacy");
    let token = opened["token"].as_str().unwrap();
    let answer = |body: Value| post(&world, "/v1/visitor/prechat", Some(token), body);

    // Each slip has its code and its place, and leaves no trace.
    let good = json!({ "name": "周砚", "手机号": "138 0013 8000" });
    for (body, status, code, place) in [
        (
            json!({ "answers": { "name": "周砚" }, "consent": true }),
            422,
            "answer_missing",
            "answers.手机号:",
        ),
        (
            json!({ "answers": { "name": "周砚", "手机号": "不告诉你" }, "consent": true }),
            422,
            "answer_invalid",
            "answers.手机号:",
        ),
        (
            json!({ "answers": { "想问什么": "天气" }, "consent": true }),
            422,
            "answer_invalid",
            "answers.想问什么:",
        ),
        (
            json!({ "answers": good }),
            422,
            "consent_missing",
            "consent:",
        ),
        (
            json!({ "answers": { "vip": "1" }, "consent": true }),
            400,
            "bad_request",
            "answers.vip:",
        ),
        (json!({ "answers": { "name": 1 } }), 400, "bad_request", ""),
    ] {
        let refused = answer(body).await;
        assert_eq!(refused.refusal(), (status, code.to_owned()));
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(place), "{detail}");
    }
    let customer = format!(
        "/v1/customers/{}",
        opened["external_userid"].as_str().unwrap()
    );
    assert_eq!(
        world.get(As::Admin, &customer).await["attributes"],
        json!({})
    );

    let taken = answer(json!({ "answers": good, "consent": true })).await;
    assert_eq!(taken.status, 200, "{}", taken.json());
    let row = world.get(As::Admin, &customer).await;
    assert_eq!(
        (&row["name"], &row["phone"]),
        (&json!("周砚"), &json!("138 0013 8000"))
    );
    let facts = &row["attributes"];
    assert_eq!(
        (&facts["name"], &facts["手机号"]),
        (&json!("周砚"), &json!("138 0013 8000"))
    );
    assert_eq!(facts["consent_to"], "https://shop.example/privacy");
    let at = facts["consent_at"].as_str().unwrap();
    assert!(at.starts_with("20") && at.ends_with('Z'), "{at}");

    // The same again changes nothing, and the question that was passed over is not asked anew.
    assert_eq!(answer(json!({})).await.status, 200);
    assert_eq!(world.get(As::Admin, &customer).await["attributes"], *facts);
    let again = open(&world, &shop, json!({ "token": token })).await;
    assert_eq!(again["prechat"], Value::Null);
}

#[tokio::test]
async fn a_signed_user_is_asked_only_for_what_the_brand_does_not_know() {
    let world = World::start().await;
    let shop = world.shop().await;
    asking(&world, &shop).await;
    let known = json!({ "sub": "8802", "exp": 4_000_000_000_u64, "name": "周砚", "fields": { "phone": "13800138000", "等级": "金" } });
    let signed = identity(&world, known).await;
    // What the page says under the same name does not count.
    let opened = open(
        &world,
        &shop,
        json!({ "identity": signed, "attributes": { "等级": "钻石" } }),
    )
    .await;
    assert_eq!(opened["prechat"], Value::Null);
    let customer = format!(
        "/v1/customers/{}",
        opened["external_userid"].as_str().unwrap()
    );
    let facts = world.get(As::Admin, &customer).await["attributes"].clone();
    assert_eq!(facts, json!({ "phone": "13800138000", "等级": "金" }));

    let nameless = identity(
        &world,
        json!({ "sub": "9", "exp": 4_000_000_000_u64, "name": "何小满" }),
    )
    .await;
    let opened = open(&world, &shop, json!({ "identity": nameless })).await;
    assert_eq!(opened["prechat"]["fields"].as_array().unwrap().len(), 1);
    assert_eq!(opened["prechat"]["fields"][0]["name"], "手机号");

    let broken = identity(
        &world,
        json!({ "sub": "9", "exp": 4_000_000_000_u64, "fields": { "a": [] } }),
    )
    .await;
    let body = json!({ "entry_point_id": shop.door, "identity": broken });
    let refused = post(&world, "/v1/visitor/open", None, body).await;
    assert_eq!(refused.refusal(), (401, "identity_invalid".to_owned()));
}

#[tokio::test]
async fn nothing_is_asked_inside_a_session_nor_at_a_door_that_does_not_ask() {
    let world = World::start().await;
    let shop = world.shop().await;
    asking(&world, &shop).await;
    let guest = world.visitor(&shop, "在吗").await;
    let again = open(&world, &shop, json!({ "token": guest.token })).await;
    assert_eq!(again["prechat"], Value::Null);

    let door = format!("/v1/entry-points/{}", shop.door);
    let row = world
        .done(As::Admin, "PATCH", &door, json!({ "prechat_off": true }))
        .await;
    assert_eq!(row["prechat_off"], true);
    let opened = open(&world, &shop, json!({})).await;
    assert_eq!(opened["prechat"], Value::Null);
    let token = opened["token"].as_str();
    let nobody = post(
        &world,
        "/v1/visitor/prechat",
        token,
        json!({ "consent": true }),
    )
    .await;
    assert_eq!(nobody.refusal(), (404, "not_found".to_owned()));
    let stranger = post(&world, "/v1/visitor/prechat", Some("00"), json!({})).await;
    assert_eq!(stranger.refusal(), (401, "token_invalid".to_owned()));
}

#[tokio::test]
async fn a_form_that_cannot_be_filled_in_is_refused_at_set_up() {
    let world = World::start().await;
    let shop = world.shop().await;
    let target = format!("/v1/kf-accounts/{}", shop.account);
    let many: Vec<Value> = (0..7)
        .map(|n| json!({ "kind": "text", "label": format!("{n}") }))
        .collect();
    for form in [
        json!({ "enabled": true }),
        json!({ "fields": many }),
        json!({ "fields": [{ "kind": "text" }] }),
        json!({ "fields": [{ "kind": "choice", "label": "x", "options": ["一个"] }] }),
        json!({ "fields": [{ "kind": "phone" }, { "kind": "text", "label": "phone" }] }),
        json!({ "fields": [{ "kind": "text", "label": "consent_at" }] }),
        json!({ "fields": [{ "kind": "stars", "label": "x" }] }),
        json!({ "consent": { "url": "javascript:alert(1)" } }),
        json!({ "lead": "长".repeat(201) }),
    ] {
        let refused = world
            .call(As::Admin, "PATCH", &target, json!({ "prechat": form }))
            .await;
        assert_eq!(refused.refusal(), (400, "bad_request".to_owned()), "{form}");
    }
    assert_eq!(
        world.get(As::Admin, &target).await["prechat"]["enabled"],
        false
    );
}

#[tokio::test]
async fn outside_hours_a_visitor_learns_when_somebody_is_back() {
    let world = World::start().await;
    let shop = world.shop().await;
    let target = format!("/v1/kf-accounts/{}", shop.account);
    let today = kefu_domain::prechat::stamp(world.gateway.reception.now())[..10].to_owned();
    let everybody_off = json!({ "hours": { "timezone": "UTC", "week": [], "holidays": [today] }, "texts": { "promise": "上班后 30 分钟内" } });
    world.done(As::Admin, "PATCH", &target, everybody_off).await;
    let opened = open(&world, &shop, json!({})).await;
    assert_eq!(opened["session"]["off_hours"], true);
    let midnight = opened["session"]["opens_at"].as_i64().unwrap();
    let left = midnight - world.gateway.reception.now();
    assert_eq!(midnight % 86_400_000, 0);
    assert!((0..=86_400_000).contains(&left), "{left}");
    assert_eq!(opened["kf"]["promise"], "上班后 30 分钟内");

    world
        .done(
            As::Admin,
            "PATCH",
            &target,
            json!({ "hours": { "timezone": "UTC", "week": [], "holidays": [] } }),
        )
        .await;
    let opened = open(&world, &shop, json!({})).await;
    assert_eq!(opened["session"]["opens_at"], Value::Null);
}
