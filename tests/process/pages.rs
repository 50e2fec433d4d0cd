//! The gateway is killed between two pages of what a platform has for it.

use std::{path::Path, time::Duration};

use kefu_simulator::{AccountSpec, Config, CorpSpec, Handle, Simulator};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{kefu::Kefu, shop::Shop};

const KF: &str = "wkTeaHousePresales00000000000001";
const PEOPLE: usize = 20;
/// Four pages of a thousand, the last one short.
const EACH: usize = 165;
/// Everything is there within so long.
const SOON: Duration = Duration::from_secs(60);

struct Story {
    platform: Handle,
    http: reqwest::Client,
}

impl Story {
    async fn sim(&self, verb: &str, body: &Value) -> Value {
        let url = format!("{}/sim/{verb}", self.platform.base_url());
        let response = self.http.post(url).json(body).send().await.unwrap();
        let good = response.status().is_success();
        let answer: Value = response.json().await.unwrap();
        assert!(good, "{verb}: {answer}");
        answer
    }

    async fn clear_faults(&self) {
        let url = format!("{}/sim/fault", self.platform.base_url());
        let cleared = self.http.delete(url).send().await.unwrap();
        assert!(cleared.status().is_success());
    }

    /// The pulls so far.
    async fn pulls(&self) -> Vec<Value> {
        let url = format!(
            "{}/sim/calls?way=call&limit=1000&path=kf/sync_msg",
            self.platform.base_url()
        );
        let answer: Value = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        answer["calls"].as_array().unwrap().clone()
    }

    /// The brand's door to the platform's account; answers where its callbacks go.
    async fn join(&self, shop: &Shop) -> String {
        let corp = self.platform.corp().unwrap();
        let connection = json!({
            "channel": "wecom_kf", "name": "溪山", "corpid": corp.corpid, "agentid": "1000002",
            "secret": corp.secret, "base_url": self.platform.base_url(),
        });
        let made = shop.call("POST", "/v1/connections", &connection).await;
        assert_eq!(made.status, 201, "{}", made.json());
        let made = made.json();
        let secrets = json!({
            "corpid": corp.corpid, "token": made["token"],
            "encoding_aes_key": made["encoding_aes_key"],
        });
        self.sim("corp", &secrets).await;
        let connection = made["id"].as_str().unwrap();
        let accounts = shop.get("/v1/kf-accounts").await;
        let account = &accounts["items"][0]["id"];
        let door = json!({
            "open_kfid": account, "channel": "wecom_kf", "name": "微信客服",
            "connection_id": connection, "wecom_kf": { "upstream_open_kfid": KF },
        });
        shop.make("/v1/entry-points", door).await;
        format!("/callback/wecom_kf/{connection}")
    }
}

/// What each customer wrote, by conversation, in the order in which it stands there.
async fn written(shop: &Shop) -> Vec<Vec<String>> {
    let list = shop.get("/v1/conversations?limit=100").await;
    let mut all = Vec::new();
    for row in list["items"].as_array().unwrap() {
        let id = row["conversation_id"].as_str().unwrap();
        let (mut words, mut after) = (Vec::new(), 0);
        loop {
            let target = format!("/v1/conversations/{id}/messages?limit=200&after_seq={after}");
            let page = shop.get(&target).await;
            for message in page["messages"].as_array().unwrap() {
                let seq = message["seq"].as_u64().unwrap();
                assert_eq!(seq, after + 1, "no number is missing");
                after = seq;
                if message["origin"] == 3 {
                    words.push(message["text"]["content"].as_str().unwrap().to_owned());
                }
            }
            if page["has_more"] != true {
                break;
            }
        }
        all.push(words);
    }
    all
}

async fn begin(data: &Path) -> (Story, Kefu, String) {
    let corp = CorpSpec {
        name: Some("溪山茶社".into()),
        accounts: vec![AccountSpec {
            open_kfid: Some(KF.into()),
            name: "溪山茶社".into(),
            ..AccountSpec::default()
        }],
        ..CorpSpec::default()
    };
    let config = Config {
        seed: 7,
        corp: Some(corp),
        ..Config::default()
    };
    let story = Story {
        platform: Simulator::start(config).await.unwrap(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    };
    let kefu = Kefu::start(data, &[]).await;
    let shop = Shop::open(
        &kefu,
        data,
        json!({ "assign": "manual", "silence_warn_s": 0 }),
    )
    .await;
    let callback = story.join(&shop).await;
    (story, kefu, callback)
}

#[tokio::test(flavor = "multi_thread")]
async fn f49_kills_between_pages_lose_and_double_nothing() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (story, mut kefu, callback) = begin(&data).await;
    kefu.kill();
    // Nobody is there while everybody writes.
    let words = |who: usize, n: usize| format!("客{who}第{n}句");
    for n in 0..EACH {
        let all: Vec<Value> = (0..PEOPLE)
            .map(|who| json!({ "customer": format!("c{who}"), "open_kfid": KF, "text": words(who, n) }))
            .collect();
        story.sim("say", &json!(all)).await;
    }
    let late = json!({ "kind": "delay", "path": "kf/sync_msg", "ms": 300, "calls": 0 });
    story.sim("fault", &late).await;
    let mut lives = Vec::new();
    for _ in 0..2 {
        let before = story.pulls().await.len();
        let mut kefu = Kefu::start(&data, &[]).await;
        let deadline = Instant::now() + SOON;
        // The second page is asked for, so the first one is filed.
        while story.pulls().await.len() < before + 2 {
            assert!(Instant::now() < deadline, "{}", kefu.logged());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        kefu.kill();
        lives.push(before);
    }
    let before = story.pulls().await.len();
    lives.push(before);
    story.clear_faults().await;
    let kefu = Kefu::start(&data, &[]).await;
    let shop = Shop::again(&kefu, &data, "", "").await;
    let deadline = Instant::now() + SOON;
    let all = loop {
        let all = written(&shop).await;
        if all.iter().map(Vec::len).sum::<usize>() >= PEOPLE * EACH {
            break all;
        }
        assert!(Instant::now() < deadline, "{}", kefu.logged());
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(all.len(), PEOPLE);
    for thread in &all {
        let who = (0..PEOPLE).find(|who| thread[0] == words(*who, 0)).unwrap();
        let whole: Vec<String> = (0..EACH).map(|n| words(who, n)).collect();
        assert_eq!(thread, &whole);
    }
    // Each life went on where the one before had come to.
    let pulls = story.pulls().await;
    let cursor = |call: &Value| -> String {
        let body: Value = serde_json::from_str(call["body"].as_str().unwrap()).unwrap();
        body["cursor"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(cursor(&pulls[lives[0]]), "");
    for life in &lives[1..] {
        assert_ne!(cursor(&pulls[*life]), "", "{pulls:?}");
    }
    let more = |call: &Value| {
        call["note"]
            .as_str()
            .unwrap_or_default()
            .contains("and more")
    };
    assert!(
        more(&pulls[lives[1]]),
        "the first kill was between two pages"
    );

    // One more is one message, from there on.
    let url = format!("http://{}{callback}", kefu.addr);
    let corpid = story.platform.corp().unwrap().corpid;
    let heard = json!({ "corpid": corpid, "callback_url": url });
    story.sim("corp", &heard).await;
    let asked = story.pulls().await.len();
    let last = json!({ "customer": "c0", "open_kfid": KF, "text": "还有一句" });
    story.sim("say", &last).await;
    let deadline = Instant::now() + SOON;
    while !written(&shop)
        .await
        .concat()
        .contains(&"还有一句".to_owned())
    {
        assert!(Instant::now() < deadline, "{}", kefu.logged());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let pulls = story.pulls().await;
    let note = pulls[asked]["note"].as_str().unwrap();
    assert!(note.starts_with("1 message"), "{note}");
}
