//! One brand's platform hangs, or says no: nobody else's customers notice.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::house::House;

/// A message, or its answer, is through within so long.
const SOON: Duration = Duration::from_secs(1);

/// While a brand's platform is in trouble with pulls and sends, another one's customer writes and is
/// answered.
async fn nobody_waits_for(trouble: impl Fn(&str) -> Value) {
    let house = House::open().await;
    let troubled = house.neighbour().await;
    let (ours, theirs) = (house.answered().await, troubled.answered().await);
    for path in ["kf/sync_msg", "kf/send_msg"] {
        troubled.sim("fault", trouble(path)).await;
    }
    troubled.answer(&theirs, "a2", "请稍等").await;
    troubled.says("xu", "还在吗").await;
    // The trouble is under way.
    tokio::time::sleep(Duration::from_millis(500)).await;

    for turn in 0..3 {
        let (asked, answered) = (format!("第{turn}问"), format!("第{turn}答"));
        house.says("xu", &asked).await;
        let filed = house.conversation("the question", |whole| {
            whole.last_seq > ours.last_seq + 2 * turn
        });
        timeout(SOON, filed)
            .await
            .expect("a question waits for another brand");
        house.answer(&ours, &format!("t{turn}"), &answered).await;
        let shown = house.until("the answer", async || {
            let shown = house.shown("xu").await;
            let last = shown.last()?;
            (last["content"]["content"] == answered.as_str()).then_some(())
        });
        timeout(SOON, shown)
            .await
            .expect("an answer waits for another brand");
    }
    let still = troubled.thread(theirs.id).await;
    assert!(
        still.len() as u64 <= theirs.last_seq + 1,
        "the other one's trouble is not over yet"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_hangs_holds_up_nobody_else() {
    nobody_waits_for(|path| json!({ "kind": "delay", "path": path, "ms": 10_000, "calls": 0 }))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_limits_us_holds_up_nobody_else() {
    nobody_waits_for(|path| json!({ "kind": "errcode", "path": path, "code": 45009, "calls": 0 }))
        .await;
}
