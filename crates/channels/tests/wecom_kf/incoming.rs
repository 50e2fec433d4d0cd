//! From a customer's phone to our items.

use kefu_channels::{Channel, Class, Item, Parcel, Welcome};
use kefu_domain::Content;
use serde_json::json;

use crate::bench::{Bench, door_of};
use crate::kit::{PNG, parcel};

#[tokio::test]
async fn the_platform_verifies_our_door() {
    let bench = Bench::start().await;
    assert_eq!(bench.sim("verify", json!({})).await["ok"], true);
}

#[tokio::test]
async fn who_comes_in_from_a_live_room_and_writes_is_read_in_order() {
    let bench = Bench::start().await;
    let live = json!({ "nickname": "溪山茶社", "scene": 2 });
    let entered = json!({ "customer": "lan", "wechat_channels": live });
    let entered = bench.sim("enter", entered).await;
    let address = bench.says("lan", "这款茶还有吗").await;
    let media = bench.upload("image", "tea.png", PNG).await;
    let image = json!({ "customer": "lan", "msgtype": "image", "image": { "media_id": media } });
    let said = bench.sim("say", image).await;
    bench
        .sim(
            "recall",
            json!({ "customer": "lan", "msgid": said["msgid"] }),
        )
        .await;

    let (items, cursor) = bench.pull("").await;
    let [
        Item::Entered {
            address: who,
            source,
            welcome,
            ..
        },
        Item::Message { content: words, .. },
        Item::Message {
            content: picture,
            key,
            ..
        },
        Item::Recalled { key: recalled, .. },
    ] = &items[..]
    else {
        panic!("{items:#?}");
    };
    assert_eq!(*who, address);
    assert_eq!(source.kind, "channels_live");
    assert_eq!(source.title, "视频号直播间 · 溪山茶社");
    let code = entered["welcome_code"].as_str().unwrap().to_owned();
    assert_eq!(*welcome, Some(Welcome::Code(code)));
    assert_eq!(words, &Content::text("这款茶还有吗"));
    assert_eq!(recalled, key);
    let Content::Image(file) = picture else {
        panic!("{picture:?}");
    };
    let id = file.upstream_media_id.as_deref().unwrap();
    let fetched = bench.channel.fetch(&bench.connection, id, 1 << 20).await;
    let fetched = fetched.unwrap();
    assert_eq!(
        (&fetched.bytes[..], fetched.name.as_deref()),
        (PNG, Some("tea.png"))
    );
    let too_large = bench.channel.fetch(&bench.connection, id, 100).await;
    assert_eq!(too_large.unwrap_err().class, Class::Permanent);
    let unknown = bench.channel.fetch(&bench.connection, "nothing", 100).await;
    assert_eq!(unknown.unwrap_err().failure.code, "40007");

    bench.says("lan", "在吗").await;
    let (items, _) = bench.pull(&cursor).await;
    assert_eq!(items.len(), 1, "the cursor goes on: {items:#?}");
}

#[tokio::test]
async fn a_cursor_that_the_platform_does_not_know_begins_anew() {
    let bench = Bench::start().await;
    bench.says("lan", "你好").await;
    let (all, cursor) = bench.pull("").await;
    let (again, there) = bench.pull("of-another-life").await;
    assert_eq!((again, there), (all, cursor));
}

#[tokio::test]
async fn a_tap_on_our_menu_comes_back_with_its_id() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    let survey = json!({
        "session_id": "01J9ZKQH8XW2M5T7R9B4C6D1F0", "question": "帮到您了吗？",
        "options": [{ "score": 5, "label": "很好" }, { "score": 1, "label": "很差" }],
    });
    let survey = crate::kit::content("survey", survey);
    let parcel = parcel(1, &address, survey);
    bench.send(&parcel).await.unwrap();
    let (_, cursor) = bench.pull("").await;
    let tap = json!({ "customer": "lan", "msgid": parcel.id.to_string(), "content": "很好" });
    bench.sim("tap", tap).await;
    let (items, _) = bench.pull(&cursor).await;
    let [
        Item::Message {
            content: Content::Text(text),
            ..
        },
    ] = &items[..]
    else {
        panic!("{items:#?}");
    };
    assert_eq!(text.content, "很好");
    assert_eq!(
        text.menu_id.as_deref(),
        Some("survey:01J9ZKQH8XW2M5T7R9B4C6D1F0:5")
    );
}

#[tokio::test]
async fn an_empty_page_is_no_end_and_an_old_bell_still_pulls() {
    let bench = Bench::start().await;
    bench.says("lan", "你好").await;
    let token = bench.bell().await;
    bench.fault(json!({ "kind": "has_more_empty" })).await;
    let page = bench
        .channel
        .pull(&bench.connection, &bench.door, "", Some(&token));
    let page = page.await.unwrap();
    assert!(page.more && page.items.is_empty());
    bench.sim("clock", json!({ "advance_s": 601 })).await;
    let page = bench
        .channel
        .pull(&bench.connection, &bench.door, "", Some(&token));
    let page = page.await.unwrap();
    assert!(!page.more && page.items.len() == 1);
}

#[tokio::test]
async fn a_colleague_in_the_platforms_client_is_followed() {
    let bench = Bench::start().await;
    let address = bench.says("lan", "你好").await;
    let act = |act: &str| json!({ "userid": "linzhixia", "customer": "lan", "act": act });
    // Ended by us, opened again by a colleague there.
    let end = Parcel {
        kind: "end".into(),
        ..parcel(1, &address, Content::text("再见"))
    };
    bench.send(&end).await.unwrap();
    bench.sim("servicer", act("reopen")).await;
    let mut say = act("say");
    say["text"] = "我来接待".into();
    bench.sim("servicer", say).await;
    bench.sim("servicer", act("end")).await;
    let (items, _) = bench.pull("").await;
    let wanted = |item: &Item| match item {
        Item::UpstreamSession { change, userid, .. } => format!("{change} {userid:?}"),
        Item::Servicer {
            address: to,
            userid,
            content,
            ..
        } => {
            assert_eq!(*to, address);
            format!("{userid}: {}", content.preview(20))
        }
        Item::Message { .. } => "message".to_owned(),
        other => panic!("{other:?}"),
    };
    let told: Vec<String> = items.iter().map(wanted).collect();
    assert_eq!(
        told,
        [
            "message",
            "4 Some(\"linzhixia\")",
            "linzhixia: 我来接待",
            "3 None"
        ]
    );
}

#[tokio::test]
async fn profiles_come_with_a_portrait_that_can_be_fetched() {
    let bench = Bench::start().await;
    let enter = json!({ "customer": "lan", "name": "林岚" });
    bench.sim("enter", enter).await;
    let address = bench.says("lan", "你好").await;
    let asked = vec![address.clone(), "wmNobody".to_owned()];
    let profiles = bench.channel.profiles(&bench.connection, &asked).await;
    let [profile] = &profiles.unwrap()[..] else {
        panic!("one is known, the other is not");
    };
    assert_eq!(profile.address, address);
    assert_eq!(profile.name.as_deref(), Some("林岚"));
    let url = profile.avatar_url.as_deref().unwrap();
    let portrait = bench
        .channel
        .fetch_picture(&bench.at_home(), url, 1 << 20)
        .await;
    assert!(portrait.unwrap().bytes.starts_with(b"\x89PNG"));
    // The same address is this machine to a connection that does not say so.
    let refused = bench
        .channel
        .fetch_picture(&bench.connection, url, 1 << 20)
        .await;
    assert_eq!(refused.unwrap_err().failure.code, "url_forbidden");
}

#[tokio::test]
async fn a_link_carries_scene_and_words_to_where_the_customer_comes_in() {
    let bench = Bench::start().await;
    let link = |scene: &'static str, param: Option<&'static str>| {
        bench
            .channel
            .link(&bench.connection, &bench.door, scene, param, false)
    };
    let url = link("poster_7", Some("city=杭州&from=a b")).await.unwrap();
    bench
        .sim("enter", json!({ "customer": "lan", "link": url }))
        .await;
    let (items, _) = bench.pull("").await;
    let Item::Entered { source, .. } = &items[0] else {
        panic!("{items:#?}");
    };
    assert_eq!(source.kind, "link");
    assert_eq!(source.title, "客服链接 · poster_7");
    assert_eq!(source.detail.as_deref(), Some("city=杭州&from=a b"));
    assert_eq!(
        link("", Some("x")).await.unwrap_err().failure.code,
        "scene_missing"
    );
    assert!(link("", None).await.unwrap().starts_with("http"));
}

#[tokio::test]
async fn a_door_without_an_account_says_so() {
    let bench = Bench::start().await;
    let mut door = door_of("");
    door.upstream_open_kfid = None;
    let pulled = bench.channel.pull(&bench.connection, &door, "", None).await;
    assert_eq!(pulled.unwrap_err().failure.code, "no_account");
    let accounts = bench.channel.accounts(&bench.connection).await.unwrap();
    assert_eq!(accounts.len(), 2);
    assert!(
        accounts
            .iter()
            .all(|account| account.managed && !account.name.is_empty())
    );
}
