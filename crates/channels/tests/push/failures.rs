//! What a failure says about what may be done now.

use kefu_channels::Class;
use kefu_domain::Content;
use kefu_domain::content::File;
use kefu_domain::credit::Closed;
use kefu_simulator::AppKind;
use serde_json::json;

use crate::bench::{Bench, HANG};
use crate::kit::parcel;

const SEND: &str = "message/custom/send";
const SHOP_SEND: &str = "channels/ec/commkf/sendmsg";

#[tokio::test]
async fn codes_that_only_people_can_mend_are_final_and_those_about_the_customer_close_the_window() {
    for (code, closes) in [
        (45015, Some(Closed::Expired)),
        (45047, Some(Closed::Used)),
        (40003, Some(Closed::Left)),
        (43004, Some(Closed::Left)),
        (43019, Some(Closed::Left)),
        (48002, Some(Closed::Left)),
        (50002, Some(Closed::Left)),
        // The brand's own affair: as soon as it is mended, the customer can be answered.
        (48001, None),
        (48004, None),
        (45002, None),
    ] {
        let bench = Bench::of(AppKind::OfficialAccount).await;
        let to = bench.writer("lan").await;
        bench
            .fault(json!({ "kind": "errcode", "path": SEND, "code": code }))
            .await;
        let fault = bench.say(1, &to, Content::text("在")).await.unwrap_err();
        assert_eq!(fault.class, Class::Permanent, "{code}");
        assert_eq!(fault.failure.code, code.to_string());
        assert_eq!(fault.closes(), closes, "{code}");
        let (zh, en) = fault.failure.reason.split_once('\u{1f}').unwrap();
        assert!(!zh.is_ascii() && en.is_ascii(), "{code}: {zh} / {en}");
    }
}

#[tokio::test]
async fn a_refused_upload_says_nothing_of_the_customer() {
    let bench = Bench::of(AppKind::OfficialAccount).await;
    let to = bench.writer("lan").await;
    let upload = json!({ "kind": "errcode", "path": "media/upload", "code": 50002 });
    bench.fault(upload).await;
    let picture = Content::Image(File {
        media_id: "png".into(),
        ..File::default()
    });
    let fault = bench.say(1, &to, picture).await.unwrap_err();
    assert_eq!(fault.failure.code, "50002");
    assert_eq!(fault.closes(), None);
}

#[tokio::test]
async fn a_limit_is_waited_for_and_nobody_asks_meanwhile() {
    let bench = Bench::of(AppKind::OfficialAccount).await;
    let to = bench.writer("lan").await;
    bench
        .fault(json!({ "kind": "errcode", "path": SEND, "code": 45009 }))
        .await;
    let limited = bench.say(1, &to, Content::text("在")).await.unwrap_err();
    assert_eq!(limited.class, Class::Retry(60_000));
    let held = bench.say(2, &to, Content::text("在")).await.unwrap_err();
    assert!(matches!(held.class, Class::Held(_)), "{held:?}");
    assert_eq!(held.failure.code, "paced");
    assert_eq!(bench.asked(SEND).await, 1, "the second was not asked");
}

#[tokio::test]
async fn the_use_of_each_accounts_limits_is_seen_and_a_used_day_explained() {
    for kind in [
        AppKind::OfficialAccount,
        AppKind::MiniProgram,
        AppKind::Shop,
    ] {
        let bench = Bench::of(kind).await;
        let send = match kind {
            AppKind::Shop => SHOP_SEND,
            _ => SEND,
        };
        let to = bench.writer("lan").await;
        bench.say(1, &to, Content::text("在")).await.unwrap();
        let used = || {
            let quotas = bench.channel.quotas(&bench.connection).into_iter();
            let mut sends = quotas.filter(|quota| quota.api.ends_with(send));
            sends.next().unwrap()
        };
        let quota = used();
        assert_eq!((quota.minute, quota.hour, quota.day), (1, 1, 1), "{kind:?}");
        assert_eq!((quota.advice, quota.blocked_ms), (None, None));
        bench
            .fault(json!({ "kind": "errcode", "path": send, "code": 45009 }))
            .await;
        bench.say(2, &to, Content::text("在")).await.unwrap_err();
        let quota = used();
        let advice = quota.advice.unwrap();
        assert!(advice.contains("零点") && advice.contains("midnight"));
        assert!(
            quota.blocked_ms.is_some_and(|left| left > 50_000),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn silence_is_unknown_for_an_account_and_stays_so_after_a_crash() {
    let bench = Bench::of(AppKind::OfficialAccount).await;
    let to = bench.writer("lan").await;
    let hang = json!({ "kind": "accept_timeout", "path": SEND, "ms": HANG.as_millis() as u64 });
    bench.fault(hang).await;
    let mut parcel = parcel(1, &to, Content::text("在"));
    let silent = bench.send(&parcel).await.unwrap_err();
    assert_eq!(silent.class, Class::Unknown);
    (parcel.attempts, parcel.doubtful) = (1, true);
    let again = bench.send(&parcel).await.unwrap_err();
    assert_eq!(again.class, Class::Unknown, "not sent again by itself");
    assert_eq!(bench.shown("lan").await.len(), 1);
    // A process that died over its first try knows nothing either.
    let mut died = self::parcel(2, &to, Content::text("二"));
    (died.attempts, died.doubtful) = (1, true);
    assert_eq!(bench.send(&died).await.unwrap_err().class, Class::Unknown);
    assert_eq!(bench.asked(SEND).await, 1);
    // A person decides: their resend begins anew.
    (parcel.attempts, parcel.doubtful, parcel.again) = (0, false, true);
    bench.send(&parcel).await.unwrap();
}

#[tokio::test]
async fn silence_of_a_shop_is_cleared_up_under_the_same_id() {
    let bench = Bench::of(AppKind::Shop).await;
    let to = bench.writer("lan").await;
    let hang =
        json!({ "kind": "accept_timeout", "path": SHOP_SEND, "ms": HANG.as_millis() as u64 });
    bench.fault(hang).await;
    let mut parcel = parcel(1, &to, Content::text("在"));
    let silent = bench.send(&parcel).await.unwrap_err();
    assert!(matches!(silent.class, Class::RetrySafely(_)), "{silent:?}");
    (parcel.attempts, parcel.doubtful) = (1, true);
    bench.send(&parcel).await.unwrap();
    assert_eq!(bench.shown("lan").await.len(), 1, "once on the phone");
}

#[tokio::test]
async fn a_busy_platform_is_tried_again_and_a_refused_try_leaves_no_doubt() {
    let bench = Bench::of(AppKind::OfficialAccount).await;
    let to = bench.writer("lan").await;
    bench
        .fault(json!({ "kind": "errcode", "path": SEND, "code": -1 }))
        .await;
    let mut parcel = parcel(1, &to, Content::text("在"));
    let busy = bench.send(&parcel).await.unwrap_err();
    assert!(matches!(busy.class, Class::Retry(_)), "{busy:?}");
    parcel.attempts = 1;
    bench.send(&parcel).await.unwrap();
    assert_eq!(bench.shown("lan").await.len(), 1);
}

#[tokio::test]
async fn a_token_taken_back_is_renewed_once_for_all() {
    let bench = std::sync::Arc::new(Bench::of(AppKind::OfficialAccount).await);
    let mut people = Vec::new();
    for n in 0..20 {
        people.push(bench.writer(&format!("c{n}")).await);
    }
    bench
        .say(100, &people[0], Content::text("在"))
        .await
        .unwrap();
    let before = bench.asked("stable_token").await;
    bench.sim("revoke", json!({ "appid": bench.appid })).await;
    let mut sends = tokio::task::JoinSet::new();
    for (to, id) in people.into_iter().zip(1..) {
        let bench = std::sync::Arc::clone(&bench);
        sends.spawn(async move { bench.say(id, &to, Content::text("马上看")).await });
    }
    while let Some(sent) = sends.join_next().await {
        sent.unwrap().unwrap();
    }
    assert_eq!(bench.asked("stable_token").await - before, 1);
    for n in 1..20 {
        assert_eq!(bench.shown(&format!("c{n}")).await.len(), 1);
    }
}
