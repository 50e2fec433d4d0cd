//! An inquiry comes in, is queued, given to an agent, answered, and the answer is on the phone.

use kefu_simulator::{AppKind, Mode};
use serde_json::{Value, json};

use crate::stage::{Stage, given};

/// The beginning of a picture, as far as it is looked at.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x06\0\0\0";

/// Longer than what one may write here, and it looks like the end of something.
fn long() -> String {
    format!("{}]]>", "龙井".repeat(10_000))
}

async fn converse(kind: AppKind, mode: Mode, source: Option<(&str, &str)>) {
    let stage = Stage::set(kind, mode).await;
    let mut desk = stage.shop.desk().await;
    assert_eq!(stage.sim("verify", json!({})).await["ok"], true);
    stage.comes(kind, "zhou").await;
    let said = stage.says("zhou", "有货吗").await;
    let card = given(&mut desk).await;
    if let Some((kind, title)) = source {
        let thread = stage
            .thread(|row| row["entry"]["source"]["kind"] == kind)
            .await;
        let said = thread["entry"]["source"]["title"].as_str().unwrap();
        assert!(said.starts_with(title), "{thread}");
    }
    // The platform tells no names, and there is still something to call the customer by.
    let openid = said["openid"].as_str().unwrap();
    let end = &openid[openid.len() - 4..];
    let named = stage
        .thread(|row| {
            let name = row["customer"]["name"].as_str().unwrap_or_default();
            name.ends_with(end) && name.chars().count() > 5
        })
        .await;
    assert_eq!(named["conversation_id"], card["conversation_id"]);
    if kind != AppKind::Shop {
        stage.types(&mut desk, &card, "zhou").await;
    }
    stage.reply(&mut desk, &card, "a1", "有的，明前龙井").await;
    let shown = stage.shown("zhou", 1).await;
    assert_eq!(shown[0]["content"], "有的，明前龙井", "{shown:?}");
    let sent = |message: &Value| message["origin"] == 5 && message["delivery"] == "sent";
    stage.message(&card, sent).await;
    // Everything survives whole.
    stage.says("zhou", &long()).await;
    let whole = |message: &Value| message["text"]["content"] == long().as_str();
    stage.message(&card, whole).await;
    // A type that nobody knows is shown as such.
    let unknown =
        json!({ "customer": "zhou", "msgtype": "hologram", "hologram": { "Shape": "cube" } });
    stage.sim("say", unknown).await;
    let kept = |message: &Value| message["msgtype"] == "unsupported";
    stage.message(&card, kept).await;
    tested(&stage).await;
}

/// All lines of the connection's test are right, the last ones because the platform came by and a
/// customer wrote.
async fn tested(stage: &Stage) {
    let id = stage.connection["id"].as_str().unwrap();
    let target = format!("/v1/connections/{id}/test");
    let test = stage.shop.call("POST", &target, &json!({})).await.json();
    let checks = test["checks"].as_array().unwrap();
    assert!(checks.len() >= 6, "{test}");
    assert!(checks.iter().all(|check| check["ok"] == true), "{test}");
    let heard: Vec<&Value> = checks.iter().rev().take(2).map(|one| &one["key"]).collect();
    assert_eq!(heard, ["message_seen", "callback_seen"]);
}

#[tokio::test]
async fn a_follower_asks_and_is_answered() {
    let source = ("follow", "关注公众号");
    converse(AppKind::OfficialAccount, Mode::Safe, Some(source)).await;
}

#[tokio::test]
async fn plain_and_compatible_accounts_work_the_same() {
    converse(AppKind::OfficialAccount, Mode::Plain, None).await;
    converse(AppKind::OfficialAccount, Mode::Compatible, None).await;
}

#[tokio::test]
async fn a_mini_programs_button_leads_to_an_agent() {
    let source = ("mini_program", "小程序客服");
    converse(AppKind::MiniProgram, Mode::Safe, Some(source)).await;
}

#[tokio::test]
async fn a_shops_customer_is_answered() {
    converse(AppKind::Shop, Mode::Safe, None).await;
}

#[tokio::test]
async fn a_shared_order_says_where_its_customer_came_from() {
    let stage = Stage::set(AppKind::Shop, Mode::Safe).await;
    let order = json!({ "order_id": "3705115058471208928", "product_titles": "明前龙井" });
    let said = json!({ "customer": "lan", "msgtype": "order_share", "order_share": order });
    stage.sim("say", said).await;
    let thread = stage
        .thread(|row| row["entry"]["source"]["kind"] == "channels_order")
        .await;
    assert_eq!(thread["entry"]["source"]["detail"], "3705115058471208928");
    let card = |message: &Value| message["msgtype"] == "channels_shop_order";
    let card = stage.message(&thread, card).await;
    assert_eq!(
        card["channels_shop_order"]["order_id"],
        "3705115058471208928"
    );
}

#[tokio::test]
async fn a_product_and_an_order_are_sent_by_hand() {
    let stage = Stage::set(AppKind::Shop, Mode::Safe).await;
    let mut desk = stage.shop.desk().await;
    stage.says("lan", "有礼盒吗").await;
    let card = given(&mut desk).await;
    let send = |id: &str, msgtype: &str, body: Value| {
        json!({
            "op": "send", "id": id, "conversation_id": card["conversation_id"],
            "fence": card["session"]["fence"], "msgtype": msgtype, msgtype: body,
        })
    };
    let product = json!({ "product_id": "10000112345678901", "title": "明前龙井" });
    let frame = send("a1", "channels_shop_product", product.clone());
    desk.say(frame).await;
    desk.hear("ack").await;
    let order = json!({ "order_id": "3705115058471208928" });
    let frame = send("a2", "channels_shop_order", order.clone());
    desk.say(frame).await;
    desk.hear("ack").await;
    // The API takes the same shape, from whom the session is assigned to.
    let id = card["conversation_id"].as_str().unwrap();
    let target = format!("/v1/conversations/{id}/messages");
    let body = |order: &Value| json!({ "client_msg_id": "a3", "msgtype": "channels_shop_order", "channels_shop_order": order });
    let by_admin = stage.shop.call("POST", &target, &body(&order)).await;
    assert_eq!(by_admin.json()["code"], "not_assigned");
    let beside = stage.shop.call("POST", &target, &body(&json!("7"))).await;
    assert_eq!(beside.json()["code"], "bad_request", "{}", beside.json());
    let cards = async |count: usize| {
        let mut shown = stage.shown("lan", count).await;
        shown.retain(|content| content["content"].is_null());
        shown
    };
    let number = |content: &Value, name: &str| content[name].as_u64();
    let notices = stage.shown("lan", 2).await.len() - cards(2).await.len();
    let shown = cards(notices + 2).await;
    assert_eq!(
        number(&shown[0], "product_id"),
        Some(10_000_112_345_678_901)
    );
    assert_eq!(
        number(&shown[1], "order_id"),
        Some(3_705_115_058_471_208_928)
    );
    assert!(
        shown[0]["title"].is_null(),
        "the shop makes the card: {shown:?}"
    );
    let mine = |message: &Value| message["channels_shop_product"] == product;
    stage.message(&card, mine).await;
    // What is no number is refused, and not stored.
    let wrong = send(
        "a4",
        "channels_shop_product",
        json!({ "product_id": "12ab" }),
    );
    desk.say(wrong).await;
    assert_eq!(desk.hear("error").await["code"], "bad_request");
}

#[tokio::test]
async fn a_scanned_scene_and_a_menu_are_where_a_follower_came_from() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let texts = json!({ "texts": { "welcome": "欢迎光临" } });
    let changed = stage.shop.call("PATCH", &stage.account(), &texts).await;
    assert_eq!(changed.status, 200, "{}", changed.json());
    // The code is one that the brand made for good.
    let doors = stage.shop.get("/v1/entry-points").await;
    let mut doors = doors["items"].as_array().unwrap().iter();
    let door = doors.find(|door| door["channel"] == "official_account");
    let door = door.unwrap()["id"].as_str().unwrap();
    let target = format!("/v1/entry-points/{door}/link?scene=store-17&lasting=true");
    let code = stage.shop.get(&target).await["url"].clone();
    let scan = json!({ "customer": "lan", "payload": code });
    stage.sim("scene", scan).await;
    // A scan lets three messages out within a minute; the welcome is one of them.
    assert_eq!(stage.shown("lan", 1).await[0]["content"], "欢迎光临");
    let scene = stage
        .thread(|row| row["entry"]["source"]["kind"] == "qr_scene" && row["credits"]["left"] == 2)
        .await;
    let title = scene["entry"]["source"]["title"].as_str().unwrap();
    assert!(title.contains("store-17"), "{scene}");
    assert_eq!(scene["credits"]["of"], 3, "{scene}");
    stage.another_second().await;
    let tap = json!({ "customer": "lan", "key": "aftersales" });
    stage.sim("menu", tap).await;
    let menu = stage
        .thread(|row| row["entry"]["source"]["kind"] == "menu")
        .await;
    assert_eq!(menu["conversation_id"], scene["conversation_id"]);
    assert_eq!(menu["credits"]["left"], 3, "a tap grants anew: {menu}");
    stage.says("lan", "在吗").await;
    // Words grant five, of which the queue's notice may have taken one.
    stage.thread(|row| row["credits"]["of"] == 5).await;
}

#[tokio::test]
async fn how_somebody_came_to_follow_is_learnt_and_a_page_of_the_menu_displaces_nothing() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let follow = json!({ "customer": "lan", "how": "ADD_SCENE_CHANNELS" });
    stage.sim("follow", follow).await;
    stage.says("lan", "在吗").await;
    let followed = "关注公众号 · 视频号";
    let knows = |row: &Value| row["entry"]["source"]["title"] == followed;
    let thread = stage.thread(knows).await;
    stage.another_second().await;
    stage
        .sim("menu", json!({ "customer": "lan", "key": "mall" }))
        .await;
    let customer = thread["customer"]["external_userid"].as_str().unwrap();
    let customer = format!("/v1/customers/{customer}");
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    let step = loop {
        let step = stage.shop.get(&customer).await["footsteps"][0].clone();
        if step.is_object() {
            break step;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{}",
            stage.kefu.logged()
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(step["title"], "菜单网页 · shop.example/mall");
    assert_eq!(step["url"], "https://shop.example/mall");
    let after = stage.thread(|_| true).await;
    assert!(knows(&after), "{after}");
    assert_eq!(after["credits"], thread["credits"], "a page grants nothing");
}

#[tokio::test]
async fn a_page_of_the_mini_program_comes_with_its_picture() {
    let stage = Stage::set(AppKind::MiniProgram, Mode::Safe).await;
    stage.comes(AppKind::MiniProgram, "zhou").await;
    let page = json!({ "title": "龙井 50g", "pagepath": "pages/item?id=7" });
    let said = json!({ "customer": "zhou", "msgtype": "miniprogrampage", "miniprogrampage": page });
    stage.sim("say", said).await;
    let thread = stage.thread(|row| row["seq"].as_u64() >= Some(1)).await;
    let fetched = |message: &Value| message["miniprogram"]["thumb_media_id"].is_string();
    let card = stage.message(&thread, fetched).await;
    assert_eq!(card["miniprogram"]["title"], "龙井 50g");
    let picture = card["miniprogram"]["thumb_media_id"].as_str().unwrap();
    let target = format!("/v1/media/{picture}");
    let picture = stage.shop.call("GET", &target, &json!({})).await;
    assert_eq!(picture.status, 200);
    assert_eq!(picture.header("content-type"), Some("image/png"));
}

#[tokio::test]
async fn a_voice_comes_with_what_the_platform_heard_and_keeps_it() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    stage.comes(AppKind::OfficialAccount, "zhou").await;
    let media_id = stage.media("voice", b"#!AMR\n..........").await;
    let said = json!({
        "customer": "zhou", "msgtype": "voice",
        "voice": { "media_id": media_id, "recognition": "请问几点关门" },
    });
    stage.sim("say", said).await;
    let thread = stage.thread(|row| row["seq"].as_u64() >= Some(1)).await;
    // When its file has been fetched, the words are still there.
    let fetched = |message: &Value| {
        message["msgtype"] == "voice" && message["voice"]["media_id"].as_str() != Some("")
    };
    let message = stage.message(&thread, fetched).await;
    assert_eq!(message["voice"]["transcript"], "请问几点关门", "{message}");
}

#[tokio::test]
async fn a_picture_that_comes_as_a_voice_is_shown_as_a_picture() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    stage.comes(AppKind::OfficialAccount, "zhou").await;
    let media_id = stage.media("voice", PNG).await;
    let said = json!({ "customer": "zhou", "msgtype": "voice", "voice": { "media_id": media_id } });
    stage.sim("say", said).await;
    let thread = stage.thread(|row| row["seq"].as_u64() >= Some(1)).await;
    let fetched = |message: &Value| {
        let files = [&message["voice"], &message["image"]];
        let mut ids = files.iter().filter_map(|file| file["media_id"].as_str());
        ids.any(|id| !id.is_empty())
    };
    let message = stage.message(&thread, fetched).await;
    assert_eq!(message["msgtype"], "image", "{message}");
    assert_eq!(message["image"]["mime"], "image/png", "{message}");
}

#[tokio::test]
async fn a_place_chosen_through_the_menu_is_one_message_and_can_be_answered() {
    let stage = Stage::set(AppKind::OfficialAccount, Mode::Safe).await;
    let mut desk = stage.shop.desk().await;
    stage.comes(AppKind::OfficialAccount, "lan").await;
    let tap = json!({ "customer": "lan", "key": "store" });
    stage.sim("menu", tap).await;
    let card = given(&mut desk).await;
    stage.says("lan", "离你们近吗").await;
    let words = |message: &Value| message["text"]["content"] == "离你们近吗";
    stage.message(&card, words).await;
    let mut places = stage.messages(&card).await;
    places.retain(|message| message["msgtype"] == "location");
    assert_eq!(places.len(), 1, "{places:?}");
    assert_eq!(places[0]["location"]["name"], "龙坞茶镇");
    let thread = stage
        .thread(|row| row["entry"]["source"]["kind"] == "menu")
        .await;
    assert_eq!(thread["conversation_id"], card["conversation_id"]);
    stage.reply(&mut desk, &card, "a1", "很近").await;
    let sent =
        |message: &Value| message["text"]["content"] == "很近" && message["delivery"] == "sent";
    stage.message(&card, sent).await;
}
