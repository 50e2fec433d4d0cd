//! Every type that an account can send arrives on the phone as what it is; the others are refused in
//! words and not asked for.

use kefu_channels::Class;
use kefu_simulator::AppKind;
use serde_json::{Value, json};

use crate::bench::{Bench, door};
use crate::kit::content;

fn types() -> Vec<(&'static str, Value)> {
    let click = json!({ "type": "click", "click": { "id": "human", "content": "转人工" } });
    let option = json!({ "score": 5, "label": "满意" });
    vec![
        ("text", json!({ "content": "您好" })),
        ("image", json!({ "media_id": "png" })),
        ("voice", json!({ "media_id": "amr" })),
        ("video", json!({ "media_id": "mp4" })),
        ("file", json!({ "media_id": "pdf" })),
        ("location", json!({ "latitude": 23.1, "longitude": 113.3 })),
        (
            "link",
            json!({ "title": "新茶", "desc": "", "url": "https://shop.example/1" }),
        ),
        (
            "miniprogram",
            json!({ "title": "茶", "appid": "wx01", "pagepath": "pages/a" }),
        ),
        (
            "msgmenu",
            json!({ "head_content": "请选择", "list": [click] }),
        ),
        (
            "handoff",
            json!({ "name": "林娜", "url": "https://kefu.example/h/1" }),
        ),
        (
            "survey",
            json!({ "session_id": "s", "question": "满意吗", "options": [option] }),
        ),
        (
            "channels_shop_product",
            json!({ "product_id": "10000112345678901" }),
        ),
        (
            "channels_shop_order",
            json!({ "order_id": "3705115058471208928" }),
        ),
    ]
}

async fn carries_what_it_says(kind: AppKind) {
    let bench = Bench::of(kind).await;
    let can = bench.channel.capabilities();
    for (n, (msgtype, body)) in types().into_iter().enumerate() {
        let customer = format!("c{n}");
        let to = bench.writer(&customer).await;
        let said = content(msgtype, body);
        let sent = bench.say(n as u128 + 1, &to, said.clone()).await;
        if can.carries(&said) {
            sent.unwrap_or_else(|fault| panic!("{kind:?} {msgtype}: {fault:?}"));
            assert_eq!(bench.shown(&customer).await.len(), 1, "{kind:?} {msgtype}");
        } else {
            let fault = sent.unwrap_err();
            assert_eq!(fault.class, Class::Permanent, "{kind:?} {msgtype}");
            assert_eq!(fault.failure.code, "not_sendable", "{kind:?} {msgtype}");
            assert!(bench.shown(&customer).await.is_empty());
        }
    }
}

#[tokio::test]
async fn an_official_account_carries_what_it_says() {
    carries_what_it_says(AppKind::OfficialAccount).await;
}

#[tokio::test]
async fn a_mini_program_carries_what_it_says() {
    carries_what_it_says(AppKind::MiniProgram).await;
}

#[tokio::test]
async fn a_shop_carries_what_it_says() {
    carries_what_it_says(AppKind::Shop).await;
}

#[tokio::test]
async fn a_shops_ids_arrive_with_every_digit() {
    let bench = Bench::of(AppKind::Shop).await;
    let to = bench.writer("lan").await;
    let order = content(
        "channels_shop_order",
        json!({ "order_id": "3705115058471208928" }),
    );
    bench.say(1, &to, order).await.unwrap();
    let shown = bench.shown("lan").await;
    assert_eq!(
        shown[0]["content"]["order_id"],
        3_705_115_058_471_208_928_u64
    );
}

#[tokio::test]
async fn typing_is_asked_for_once_and_by_the_older_path_where_the_new_is_not_granted() {
    for kind in [AppKind::OfficialAccount, AppKind::MiniProgram] {
        let bench = Bench::of(kind).await;
        let to = bench.writer("lan").await;
        let typing = |on| {
            let (channel, connection) = (&bench.channel, &bench.connection);
            let to = to.clone();
            async move { channel.typing(connection, &door(), &to, on).await.unwrap() }
        };
        typing(true).await;
        typing(true).await;
        typing(false).await;
        typing(false).await;
        let business = bench.asked("message/custom/business/typing").await;
        let plain = bench.asked("message/custom/typing").await;
        let wanted = if kind == AppKind::MiniProgram {
            (2, 0)
        } else {
            (0, 2)
        };
        assert_eq!((business, plain), wanted);
        // A message ends it, and it begins anew.
        typing(true).await;
        bench
            .say(1, &to, content("text", json!({ "content": "您好" })))
            .await
            .unwrap();
        typing(true).await;
        let business = bench.asked("message/custom/business/typing").await;
        let plain = bench.asked("message/custom/typing").await;
        assert_eq!(business + plain, 4, "{kind:?}");
    }
    let bench = Bench::of(AppKind::MiniProgram).await;
    let to = bench.writer("lan").await;
    let path = "message/custom/business/typing";
    bench
        .fault(json!({ "kind": "errcode", "path": path, "code": 48001 }))
        .await;
    let door = door();
    let typed = bench.channel.typing(&bench.connection, &door, &to, true);
    typed.await.unwrap();
    assert_eq!(bench.asked("message/custom/typing").await, 1);
    // Nobody has to mend that.
    let quotas = bench.channel.quotas(&bench.connection);
    let mut business = quotas.iter().filter(|quota| quota.api.ends_with(path));
    assert_eq!(business.next().map(|quota| &quota.advice), Some(&None));
}

#[tokio::test]
async fn followers_have_something_to_be_called_by_and_a_unionid() {
    let bench = Bench::of(AppKind::OfficialAccount).await;
    let to = bench.writer("lan").await;
    let asked = [to.clone()];
    let profiles = bench.channel.profiles(&bench.connection, &asked);
    let profile = profiles.await.unwrap().remove(0);
    let end = &to[to.len() - 4..];
    assert_eq!(profile.name.as_deref(), Some(&*format!("公众号用户 {end}")));
    assert!(profile.unionid.is_some());
    assert_eq!(profile.came_by.unwrap().title, "关注公众号 · 搜索公众号");
    let path = "user/info/batchget";
    bench
        .fault(json!({ "kind": "errcode", "path": path, "code": 48001 }))
        .await;
    let profiles = bench.channel.profiles(&bench.connection, &asked);
    assert!(profiles.await.unwrap()[0].name.is_some());
}

#[tokio::test]
async fn a_code_with_a_scene_is_made_by_the_account() {
    let bench = Bench::of(AppKind::OfficialAccount).await;
    let door = door();
    let made = async |lasting| {
        let (channel, connection) = (&bench.channel, &bench.connection);
        let link = channel.link(connection, &door, "store-17", None, lasting);
        link.await.unwrap()
    };
    let (brief, lasting) = (made(false).await, made(true).await);
    let scan = async |url: &str| {
        let scan = json!({ "customer": "lan", "payload": url }).to_string();
        let scanned = bench.bring("scene", "application/json", scan.as_bytes());
        scanned.await["openid"].is_string()
    };
    assert!(scan(&brief).await && scan(&lasting).await);
    bench
        .sim("clock", json!({ "advance_s": 31 * 86_400 }))
        .await;
    assert!(!scan(&brief).await, "thirty days are over");
    assert!(scan(&lasting).await);
    let none = bench.channel.link(&bench.connection, &door, "", None, true);
    assert_eq!(none.await.unwrap_err().failure.code, "scene_missing");
}
