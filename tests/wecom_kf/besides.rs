//! What a page tells besides messages is kept for administrators, and is nobody's inquiry.

use kefu_domain::ServiceState;
use serde_json::json;

use crate::house::{House, KF};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_nobody_knows_is_kept_and_opens_no_session() {
    let house = House::open().await;
    let whole = house.answered().await;
    let end = house.reception.close(
        house.brand,
        house.supervisor(),
        whole.session.as_ref().unwrap().id,
        None,
        None,
    );
    end.await.unwrap();
    let ended = house.in_state(ServiceState::Ended).await;
    let about = json!({ "event_type": "aura_change", "open_kfid": KF,
        "external_userid": whole.address, "aura": "green" });
    let nobody = json!({ "event_type": "weather_change", "open_kfid": KF });
    for event in [about, nobody] {
        let event = json!({ "customer": "xu", "open_kfid": KF, "event": event });
        house.sim("event", event).await;
    }
    let told = house
        .until("both events among what the connection told", async || {
            let told = house
                .reception
                .told(house.brand, house.connection, None, 10)
                .await
                .unwrap();
            (told.len() == 2).then_some(told)
        })
        .await;
    assert!(
        told.iter().all(|one| one.kept.kind == "unknown"),
        "{told:?}"
    );
    assert!(told[1].kept.body.contains("green"), "whole: {told:?}");
    let after = house
        .conversation("a line about the one with an address", |whole| {
            whole.last_line > ended.last_line
        })
        .await;
    assert_eq!(
        (after.sessions, after.unread, after.last_seq),
        (ended.sessions, ended.unread, ended.last_seq)
    );
    assert_eq!(after.credits, ended.credits);
}
