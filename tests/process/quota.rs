//! A platform's limit, and a gateway that is killed in the middle of it.

use std::time::Duration;

use kefu_simulator::{AccountSpec, Config, CorpSpec, Handle, Simulator};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    kefu::Kefu,
    shop::{Shop, Socket},
};

const KF: &str = "wkTeaHousePresales00000000000001";
/// Sends that the platform takes in a minute.
const LIMIT: usize = 30;
const PEOPLE: usize = 8;

/// A simulated corp that takes little.
struct Platform {
    handle: Handle,
    http: reqwest::Client,
}

impl Platform {
    async fn open() -> Self {
        let account = AccountSpec {
            open_kfid: Some(KF.into()),
            name: "溪山茶社".into(),
            ..AccountSpec::default()
        };
        let corp = CorpSpec {
            accounts: vec![account],
            ..CorpSpec::default()
        };
        let config = Config {
            corp: Some(corp),
            ..Config::default()
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let handle = Simulator::start(config).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let platform = Self { handle, http };
        let limit = json!({ "path": "kf/send_msg", "per_minute": LIMIT });
        platform.does("quota", limit).await;
        platform
    }

    async fn does(&self, verb: &str, body: Value) {
        let url = format!("{}/sim/{verb}", self.handle.base_url());
        let response = self.http.post(url).json(&body).send().await.unwrap();
        assert!(response.status().is_success(), "{verb}: {response:?}");
    }

    /// Where the gateway is now.
    fn calls_back(&self, corpid: &str, kefu: &Kefu, connection: &str) {
        let url = format!("http://{}/callback/wecom_kf/{connection}", kefu.addr);
        let spec = CorpSpec {
            corpid: Some(corpid.to_owned()),
            callback_url: Some(url),
            ..CorpSpec::default()
        };
        self.handle.set_up(spec).unwrap();
    }

    /// What it answered to sends: how many calls, and how many of them were over its limit.
    async fn sends(&self) -> (usize, usize) {
        let base = self.handle.base_url();
        let url = format!("{base}/sim/calls?way=call&limit=10000&path=kf/send_msg");
        let answer = self.http.get(url).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let calls = answer["calls"].as_array().unwrap();
        let over = calls.iter().filter(|call| call["errcode"] == 45009);
        (calls.len(), over.count())
    }

    /// So many sends, in time.
    async fn until_sends(&self, least: usize) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.sends().await.0 < least {
            assert!(Instant::now() < deadline, "{:?}", self.sends().await);
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Answers every card so many times.
async fn answer(desk: &mut Socket, cards: &[Value], times: usize, name: &str) {
    for (number, card) in cards.iter().enumerate() {
        for time in 0..times {
            let id = format!("{name}-{number}-{time}");
            let reply = json!({
                "op": "send", "id": id, "conversation_id": card["conversation_id"],
                "fence": card["session"]["fence"], "msgtype": "text", "text": { "content": id },
            });
            desk.say(reply).await;
            desk.hear("ack").await;
        }
    }
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_minute_does_not_spend_it_again() {
    let platform = Platform::open().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = folder.path().join("kefu.toml");
    std::fs::write(&config, format!("[wecom]\nper_minute = {LIMIT}\n")).unwrap();
    let args = ["--config", config.to_str().unwrap()];
    let mut kefu = Kefu::start(&data, &args).await;
    let texts = json!({ "queue": "", "queue_next": "" });
    let shop = Shop::open(
        &kefu,
        &data,
        json!({ "assign": "auto", "silence_warn_s": 0 }),
    )
    .await;
    let account = shop.get("/v1/kf-accounts").await["items"][0]["open_kfid"].clone();
    let change = format!("/v1/kf-accounts/{}", account.as_str().unwrap());
    let changed = shop
        .call("PATCH", &change, &json!({ "texts": texts }))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.json());
    let corp = platform.handle.corp().unwrap();
    let corpid = corp.corpid.clone().unwrap();
    let connection = json!({
        "channel": "wecom_kf", "name": "溪山", "corpid": corp.corpid, "secret": corp.secret,
        "base_url": platform.handle.base_url(),
    });
    let connection = shop.make("/v1/connections", connection).await;
    let ours = shop.get(&format!("/v1/connections/{connection}")).await;
    let door = json!({
        "open_kfid": account, "channel": "wecom_kf", "name": "微信客服",
        "connection_id": connection, "wecom_kf": { "upstream_open_kfid": KF },
    });
    shop.make("/v1/entry-points", door).await;
    let keys = CorpSpec {
        corpid: Some(corpid.clone()),
        token: ours["token"].as_str().map(str::to_owned),
        encoding_aes_key: ours["encoding_aes_key"].as_str().map(str::to_owned),
        ..CorpSpec::default()
    };
    platform.handle.set_up(keys).unwrap();
    platform.calls_back(&corpid, &kefu, &connection);
    let mut desk = shop.desk().await;
    let mut cards = Vec::new();
    for person in 0..PEOPLE {
        let words = json!({ "customer": format!("p{person}"), "open_kfid": KF, "text": "转人工" });
        platform.does("say", words).await;
    }
    while cards.len() < PEOPLE {
        let card = desk.hear("conversation").await["conversation"].clone();
        let known = |one: &Value| one["conversation_id"] == card["conversation_id"];
        if card["session"]["service_state"] == 3 && !cards.iter().any(known) {
            cards.push(card);
        }
    }
    answer(&mut desk, &cards, 3, "a").await;
    platform.until_sends(PEOPLE * 2).await;
    kefu.signal(Signal::KILL);
    kefu.ended(Duration::from_secs(5)).await;
    let kefu = Kefu::start(&data, &args).await;
    platform.calls_back(&corpid, &kefu, &connection);
    let shop = Shop::again(&kefu, &data, &shop.door, &shop.agent).await;
    let mut desk = shop.desk().await;
    answer(&mut desk, &cards, 2, "b").await;
    platform.until_sends(LIMIT).await;
    // Whoever had forgotten would go on now.
    sleep(Duration::from_secs(2)).await;
    assert_eq!(platform.sends().await, (LIMIT, 0), "{}", kefu.logged());
}
