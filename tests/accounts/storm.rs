//! A platform in trouble: pushes that come thrice, late and out of order, and sends that it will not
//! take for a while.

use kefu_simulator::{AppKind, Mode};
use serde_json::{Value, json};

use crate::stage::Stage;

const KINDS: [AppKind; 3] = [
    AppKind::OfficialAccount,
    AppKind::MiniProgram,
    AppKind::Shop,
];

/// Where each kind sends.
fn sends(kind: AppKind) -> &'static str {
    match kind {
        AppKind::Shop => "channels/ec/commkf/sendmsg",
        _ => "message/custom/send",
    }
}

#[tokio::test]
async fn what_comes_thrice_late_and_out_of_order_is_filed_once() {
    for kind in KINDS {
        let stage = Stage::set(kind, Mode::Safe).await;
        stage.comes(kind, "zhou").await;
        stage.says("zhou", "你好").await;
        stage.thread(|row| row["seq"].as_u64() >= Some(1)).await;
        // An hour ago, and only now.
        stage.act("clock", json!({ "advance_s": -3_600 })).await;
        for identical in [true, false] {
            let repeat = json!({ "kind": "callback_repeat", "times": 2, "identical": identical });
            stage.fault(repeat).await;
            stage.says("zhou", &format!("两遍 {identical}")).await;
        }
        stage.fault(json!({ "kind": "callback_reorder" })).await;
        stage.says("zhou", "先说").await;
        stage.says("zhou", "后说").await;
        let thread = stage.thread(|row| row["seq"].as_u64() >= Some(5)).await;
        // What is repeated comes within the platform's next tries.
        stage.act("clock", json!({ "advance_s": 60 })).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let said = stage.messages(&thread).await;
        let said: Vec<&Value> = said.iter().filter(|one| one["origin"] == 3).collect();
        let mut words: Vec<&str> = said
            .iter()
            .map(|one| one["text"]["content"].as_str().unwrap())
            .collect();
        let seqs: Vec<u64> = said.iter().filter_map(|one| one["seq"].as_u64()).collect();
        assert!(seqs.is_sorted(), "{kind:?}: {seqs:?}");
        assert_eq!(&words[3..], ["后说", "先说"], "{kind:?}: as they came");
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), said.len(), "{kind:?}: {said:?}");
        // Each says when it was said.
        let late = stage.lines(&thread, "came_late", 4).await;
        assert_eq!(late.len(), 4, "{kind:?}: {late:?}");
    }
}

#[tokio::test]
async fn what_waits_in_a_storm_goes_out_after_it() {
    for kind in KINDS {
        let stage = Stage::set(kind, Mode::Safe).await;
        let mut desk = stage.shop.desk().await;
        let cards = stage.crowd(kind, &mut desk, 10).await;
        let path = sends(kind);
        let refuse = json!({ "kind": "http", "path": path, "status": 503, "calls": 0 });
        stage.fault(refuse).await;
        for (n, card) in cards.iter().enumerate() {
            stage.reply(&mut desk, card, &format!("r{n}"), "在的").await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let asked = stage.asked(path).await;
        assert!(asked <= 15, "{kind:?}: asked {asked} times for ten");
        stage.no_fault().await;
        for n in 0..10 {
            let shown = stage.shown(&format!("c{n}"), 1).await;
            assert_eq!(shown.len(), 1, "{kind:?}: once: {shown:?}");
        }
        for card in &cards {
            let sent = |message: &Value| message["origin"] == 5 && message["delivery"] == "sent";
            stage.message(card, sent).await;
        }
    }
}
