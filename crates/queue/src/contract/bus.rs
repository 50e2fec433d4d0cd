use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use super::{brand, soon};
use crate::{Bus, News};

/// News reach all other nodes, in order, and not their sender; a reader that sleeps gets a gap.
///
/// # Panics
/// If the backend breaks its promises, or fewer than two nodes are given.
pub async fn bus(nodes: &[Arc<dyn Bus>]) {
    assert!(nodes.len() >= 2, "a bus needs two nodes");
    for node in nodes {
        quiet(&**node).await;
    }
    reaches_everyone_else_in_order(nodes).await;
    a_sleeper_gets_a_gap_and_the_newest(nodes).await;
}

async fn reaches_everyone_else_in_order(nodes: &[Arc<dyn Bus>]) {
    let brand = brand();
    let (sender, others) = nodes.split_first().expect("two nodes");
    for n in 0..1_000u32 {
        let payload = Bytes::copy_from_slice(&n.to_be_bytes());
        sender.publish(brand, payload).await.expect("it takes news");
    }
    sender
        .publish(brand, Bytes::new())
        .await
        .expect("it takes an empty one");
    for other in others {
        for n in 0..1_000u32 {
            let payload = Bytes::copy_from_slice(&n.to_be_bytes());
            assert_eq!(soon(other.next()).await, News::Message { brand, payload });
        }
        let payload = Bytes::new();
        assert_eq!(soon(other.next()).await, News::Message { brand, payload });
    }
    let own = tokio::time::timeout(Duration::from_millis(100), sender.next()).await;
    assert_eq!(own.ok(), None, "a publisher does not hear itself");
}

async fn a_sleeper_gets_a_gap_and_the_newest(nodes: &[Arc<dyn Bus>]) {
    let brand = brand();
    let last = 40_000u32;
    for n in 0..=last {
        let payload = Bytes::copy_from_slice(&n.to_be_bytes());
        nodes[0]
            .publish(brand, payload)
            .await
            .expect("it takes news");
    }
    // Until the last has arrived, however many were dropped on the way.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for node in &nodes[1..] {
        assert_eq!(soon(node.next()).await, News::Gap);
        let mut before = None;
        loop {
            match soon(node.next()).await {
                News::Gap => {}
                News::Message { payload, .. } => {
                    let n = u32::from_be_bytes(payload[..].try_into().expect("four bytes"));
                    assert!(before < Some(n), "in order");
                    before = Some(n);
                    if n == last {
                        break;
                    }
                }
            }
        }
        quiet(&**node).await;
    }
}

/// Reads what is left from before, such as the gap of a new connection.
async fn quiet(node: &dyn Bus) {
    while let Ok(news) = tokio::time::timeout(Duration::from_millis(200), node.next()).await {
        assert_eq!(news, News::Gap, "nobody said anything");
    }
}
