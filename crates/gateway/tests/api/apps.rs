//! Apps and pages of other origins at the visitor door.

use serde_json::{Value, json};

use crate::{
    http::{self, Reply},
    world::{As, World},
};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn app_door(world: &World, account: &str) -> String {
    let door = json!({ "open_kfid": account, "channel": "app", "name": "溪山 App" });
    let door = world
        .done(As::Admin, "POST", "/v1/entry-points", door)
        .await;
    door["id"].as_str().unwrap().to_owned()
}

async fn open(world: &World, body: Value) -> Reply {
    let body = body.to_string();
    http::send(
        world.addr,
        "POST",
        "/v1/visitor/open",
        &[JSON],
        body.as_bytes(),
    )
    .await
}

#[tokio::test]
async fn an_apps_deep_link_and_facts_stand_before_the_agent() {
    let world = World::start().await;
    let shop = world.shop().await;
    let door = app_door(&world, &shop.account).await;
    let opened = open(
        &world,
        json!({
            "entry_point_id": door, "campaign": "spring",
            "app": { "screen": "订单详情", "version": "5.2.1", "platform": "iOS" },
            "attributes": { "plan": "gold", "orders": 12, "beta": true, "gone": null },
        }),
    )
    .await;
    assert_eq!(opened.status, 200, "{}", opened.json());
    let opened = opened.json();
    let bearer = format!("Bearer {}", opened["token"].as_str().unwrap());
    let said = json!({ "client_msg_id": "m1", "msgtype": "text", "text": { "content": "到哪了" } });
    let sent = http::send(
        world.addr,
        "POST",
        "/v1/visitor/messages",
        &[JSON, ("authorization", &bearer)],
        said.to_string().as_bytes(),
    )
    .await;
    assert_eq!(sent.status, 200);
    let customer = opened["external_userid"].as_str().unwrap();
    let list = world
        .get(As::Admin, &format!("/v1/conversations?q={customer}"))
        .await;
    let entry = &list["items"][0]["entry"];
    assert_eq!(
        (&entry["channel"], &entry["source"]["kind"]),
        (&json!("app"), &json!("app"))
    );
    assert_eq!(entry["source"]["title"], "订单详情");
    assert_eq!(entry["source"]["detail"], "iOS · 5.2.1 · spring");
    assert_eq!(entry["source"]["campaign"], "spring");
    let row = world
        .get(As::Admin, &format!("/v1/customers/{customer}"))
        .await;
    let row = row.get("customer").unwrap_or(&row);
    assert_eq!(
        row["attributes"],
        json!({ "plan": "gold", "orders": "12", "beta": "true" })
    );
}

#[tokio::test]
async fn facts_that_are_none_are_refused_by_name() {
    let world = World::start().await;
    let shop = world.shop().await;
    let many: serde_json::Map<String, Value> =
        (0..51).map(|n| (format!("f{n}"), json!(n))).collect();
    for attributes in [
        json!({ "a": { "b": 1 } }),
        json!({ "a": [1] }),
        json!({ "": "x" }),
        json!({ "a": "x".repeat(501) }),
        json!({ "a\u{0}": "x" }),
        Value::Object(many),
    ] {
        let body = json!({ "entry_point_id": shop.door, "attributes": attributes });
        let refused = open(&world, body).await;
        assert_eq!(refused.refusal(), (400, "bad_request".to_owned()));
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with("attributes:"), "{detail}");
    }
}

#[tokio::test]
async fn a_page_elsewhere_may_read_answers_only_if_a_door_names_it() {
    let world = World::start().await;
    let shop = world.shop().await;
    let body = json!({ "entry_point_id": shop.door }).to_string();
    let ask = [
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "authorization,content-type",
        ),
    ];
    for (origin, let_in) in [
        ("https://shop.example", true),
        ("https://evil-shop.example", false),
        ("https://shop.example.evil.example", false),
        ("http://shop.example", false),
        ("null", false),
    ] {
        let origin_header = ("origin", origin);
        let answer = http::send(
            world.addr,
            "POST",
            "/v1/visitor/open",
            &[JSON, origin_header],
            body.as_bytes(),
        )
        .await;
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, let_in.then_some(origin), "{origin}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let asked = http::send(
            world.addr,
            "OPTIONS",
            "/v1/visitor/open",
            &[origin_header, ask[0], ask[1]],
            b"",
        )
        .await;
        assert_eq!(asked.status == 204, let_in, "{origin}: {}", asked.status);
        assert_eq!(
            asked.header("access-control-allow-headers").is_some(),
            let_in
        );
    }
    // The console's API lends itself to nobody.
    let headers = [("origin", "https://shop.example"), ask[0]];
    let console = http::send(world.addr, "OPTIONS", "/v1/login", &headers, b"").await;
    assert_eq!(console.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn what_a_site_tells_of_its_visitor_stands_before_the_agent() {
    let world = World::start().await;
    let shop = world.shop().await;
    let guest = world.visitor(&shop, "在吗").await;
    let bearer = format!("Bearer {}", guest.token);
    let act = async |body: Value| {
        let headers = [JSON, ("authorization", bearer.as_str())];
        let body = body.to_string();
        http::send(
            world.addr,
            "POST",
            "/v1/visitor/act",
            &headers,
            body.as_bytes(),
        )
        .await
    };
    let event =
        json!({ "op": "event", "event": { "name": "加入购物车", "detail": "明前龙井 × 2" } });
    for told in [
        event,
        json!({ "op": "tag", "add": ["企业采购", "直播"] }),
        json!({ "op": "tag", "add": ["企业采购"], "remove": ["直播"] }),
    ] {
        let taken = act(told).await;
        assert_eq!(taken.status, 200, "{}", taken.json());
    }
    let target = format!("/v1/customers/{}", guest.customer);
    let row = world.get(As::Admin, &target).await;
    assert_eq!(row["tags"], json!(["企业采购"]));
    let step = &row["footsteps"][0];
    assert_eq!(
        (&step["kind"], &step["title"]),
        (&json!("event"), &json!("加入购物车"))
    );
    let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    for bad in [
        json!({ "op": "event", "event": { "name": " " } }),
        json!({ "op": "event" }),
        json!({ "op": "tag", "add": many }),
        json!({ "op": "tag", "add": ["x".repeat(65)] }),
        json!({ "op": "tag", "add": [1] }),
    ] {
        assert_eq!(act(bad).await.refusal(), (400, "bad_request".to_owned()));
    }
    assert_eq!(
        world.get(As::Admin, &target).await["tags"],
        json!(["企业采购"])
    );
}

#[tokio::test]
async fn what_brought_a_visitor_stays_while_they_walk_through_the_pages() {
    let world = World::start().await;
    let shop = world.shop().await;
    let page = |path: &str, from: &str| json!({ "url": format!("https://shop.example{path}"), "title": path, "referrer": from });
    let body = json!({
        "entry_point_id": shop.door, "campaign": "spring",
        "page": page("/tea", "https://search.example/?q=tea"),
    });
    let opened = open(&world, body).await.json();
    let token = opened["token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let headers = [JSON, ("authorization", bearer.as_str())];
    let post = async |target: &str, body: Value| {
        let body = body.to_string();
        let reply = http::send(world.addr, "POST", target, &headers, body.as_bytes()).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
    };
    let said = json!({ "client_msg_id": "m1", "msgtype": "text", "text": { "content": "在吗" } });
    post("/v1/visitor/messages", said).await;
    let source = async || {
        let customer = opened["external_userid"].as_str().unwrap();
        let list = format!("/v1/conversations?q={customer}");
        world.get(As::Admin, &list).await["items"][0]["entry"]["source"].clone()
    };
    let brought = |source: &Value| (source["campaign"].clone(), source["referrer"].clone());
    let first = (json!("spring"), json!("https://search.example/?q=tea"));
    assert_eq!(brought(&source().await), first);
    let own = page("/cups", "https://shop.example/tea");
    post("/v1/visitor/act", json!({ "op": "page", "page": own })).await;
    let now = source().await;
    assert_eq!(
        (&now["title"], brought(&now)),
        (&json!("/cups"), first.clone())
    );
    assert_eq!(now["detail"], "/cups · spring");
    let customer = opened["external_userid"].as_str().unwrap();
    let row = world
        .get(As::Admin, &format!("/v1/customers/{customer}"))
        .await;
    assert_eq!(
        (&row["footsteps"][0]["title"], brought(&row["footsteps"][0])),
        (&json!("/cups"), first.clone())
    );
    // The next page of the site opens the door anew.
    let again = json!({ "entry_point_id": shop.door, "token": token, "page": page("/pay", "https://shop.example/cups") });
    assert_eq!(open(&world, again).await.status, 200);
    let now = source().await;
    assert_eq!((&now["title"], brought(&now)), (&json!("/pay"), first));
}
