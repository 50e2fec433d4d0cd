//! From an offered code to the friend and the group.

use kefu_channels::{Channel, Class, ContactChange, HandoffTo, Notice};
use serde_json::json;

use crate::bench::{Bench, GROUP};

const STATE: &str = "h_01J9ZKQH8XW2M5T7R9B4C6D1F0";

/// The contact that changed in this way, with its state and code.
fn contact(
    wanted: ContactChange,
) -> impl Fn(&Notice) -> Option<(String, Option<String>, Option<String>)> {
    move |notice| match notice {
        Notice::Contact {
            change,
            userid,
            state,
            welcome_code,
            ..
        } if *change == wanted => Some((userid.clone(), state.clone(), welcome_code.clone())),
        _ => None,
    }
}

#[tokio::test]
async fn a_scanned_code_tells_who_offered_it() {
    let bench = Bench::start().await;
    let to = HandoffTo::Member("gunian".into());
    let remark = "一个很长很长的备注，长到平台不接受，但不应该让二维码生成失败";
    let made = bench
        .channel
        .handoff_code(&bench.at_home(), &to, STATE, remark)
        .await;
    let code = made.unwrap();
    let picture = code.picture.unwrap();
    assert_eq!(picture.mime, "image/png");
    let seen = bench.scan(&picture.bytes).await;
    assert_eq!(
        (&seen["kind"], &seen["state"]),
        (&json!("contact_way"), &json!(STATE))
    );
    assert_eq!(seen["config_id"], code.config_id.as_str());
    bench
        .sim(
            "add",
            json!({ "customer": "lan", "payload": seen["payload"] }),
        )
        .await;
    let (userid, state, welcome) = bench.notice(contact(ContactChange::Added)).await;
    assert_eq!((userid.as_str(), state.as_deref()), ("gunian", Some(STATE)));

    let code = welcome.unwrap();
    let until = 1_800_000_019_000;
    // Another app greets at this moment, then the platform is busy.
    for code in [41096, -1] {
        bench
            .fault(json!({ "kind": "errcode", "path": "externalcontact/send_welcome_msg", "code": code }))
            .await;
    }
    bench
        .channel
        .greet(&bench.connection, &code, "你好，我是顾念", until)
        .await
        .unwrap();
    assert_eq!(bench.asked("externalcontact/send_welcome_msg").await, 3);
    let screen = bench.look("screen?customer=lan").await;
    assert!(screen.to_string().contains("你好，我是顾念"), "{screen}");
    let again = bench
        .channel
        .greet(&bench.connection, &code, "你好", until)
        .await
        .unwrap_err();
    assert_eq!(again.class, Class::Permanent);

    bench
        .sim(
            "del",
            json!({ "customer": "lan", "userid": "gunian", "by": "customer" }),
        )
        .await;
    let (userid, ..) = bench.notice(contact(ContactChange::Removed)).await;
    assert_eq!(userid, "gunian");
}

#[tokio::test]
async fn the_newest_member_of_a_group_carries_the_offer() {
    let bench = Bench::start().await;
    let code = |state: &'static str| {
        let to = HandoffTo::Groups(vec![GROUP.into()]);
        let home = bench.at_home();
        let channel = &bench.channel;
        async move {
            channel
                .handoff_code(&home, &to, state, "茶友群")
                .await
                .unwrap()
        }
    };
    for (customer, state) in [("lan", "h_first"), ("bo", STATE)] {
        let picture = code(state).await.picture.unwrap();
        let seen = bench.scan(&picture.bytes).await;
        assert_eq!(seen["kind"], "join_way");
        bench
            .sim(
                "join",
                json!({ "customer": customer, "payload": seen["payload"] }),
            )
            .await;
        bench.sim("clock", json!({ "advance_s": 2 })).await;
    }
    bench
        .notice(|notice| match notice {
            Notice::Group {
                chat_id,
                joined: true,
                ..
            } if chat_id == GROUP => Some(()),
            _ => None,
        })
        .await;
    let members = bench.channel.group_members(&bench.connection, GROUP).await;
    let states: Vec<Option<String>> = members
        .unwrap()
        .into_iter()
        .map(|(_, state)| state)
        .collect();
    assert_eq!(states, [Some(STATE.to_owned()), Some("h_first".to_owned())]);

    bench
        .sim("group", json!({ "chat_id": GROUP, "dismiss": true }))
        .await;
    bench
        .notice(|notice| {
            matches!(
                notice,
                Notice::Group {
                    dismissed: true,
                    ..
                }
            )
            .then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_code_that_cannot_be_drawn_can_be_withdrawn() {
    let bench = Bench::start().await;
    // The picture is on this machine, and this connection does not name it as its own.
    let to = HandoffTo::Member("gunian".into());
    let made = bench
        .channel
        .handoff_code(&bench.connection, &to, STATE, "")
        .await;
    let code = made.unwrap();
    assert_eq!(code.picture.unwrap_err().failure.code, "url_forbidden");
    assert_eq!(bench.look("corp").await["corps"][0]["contact_ways"], 1);
    // Twice is as good as once.
    for _ in 0..2 {
        let withdrawn = bench
            .channel
            .withdraw_code(&bench.connection, &to, &code.config_id);
        withdrawn.await.unwrap();
        assert_eq!(bench.look("corp").await["corps"][0]["contact_ways"], 0);
    }
    let long = "h".repeat(31);
    let refused = bench
        .channel
        .handoff_code(&bench.connection, &to, &long, "")
        .await;
    assert_eq!(refused.unwrap_err().failure.code, "unfit");
    let nobody = HandoffTo::Member("nobody".into());
    let refused = bench
        .channel
        .handoff_code(&bench.connection, &nobody, STATE, "")
        .await;
    assert_eq!(refused.unwrap_err().failure.code, "60111");
}
