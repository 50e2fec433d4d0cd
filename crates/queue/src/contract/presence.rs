use std::{sync::Arc, time::Duration};

use kefu_domain::{AgentId, BrandId};

use super::brand;
use crate::Presence;

const LONG: Duration = Duration::from_secs(60);

/// An agent is present while any of their leases lives, on whichever node.
///
/// # Panics
/// If the backend breaks its promises, or no node is given.
pub async fn presence(nodes: &[Arc<dyn Presence>]) {
    let (first, last) = (&*nodes[0], &*nodes[nodes.len() - 1]);
    let (brand, other) = (brand(), brand());
    let (ann, bob) = (AgentId(1), AgentId(2));
    assert_eq!(present(first, brand).await, []);

    renew(first, brand, ann, 1, LONG).await;
    renew(last, brand, ann, 2, LONG).await;
    renew(first, brand, bob, 3, LONG).await;
    for node in nodes {
        assert_eq!(present(&**node, brand).await, [ann, bob]);
        assert_eq!(present(&**node, other).await, [], "of another brand");
    }

    assert!(!end(first, brand, ann, 1).await, "another console is open");
    assert_eq!(present(last, brand).await, [ann, bob]);
    assert!(end(last, brand, ann, 2).await, "that was the last");
    assert!(
        end(last, brand, ann, 2).await,
        "and asked again it still was"
    );
    assert_eq!(present(first, brand).await, [bob]);
    assert!(end(first, other, ann, 9).await, "nobody was ever there");

    leases_end_by_themselves(first, last).await;
}

async fn leases_end_by_themselves(first: &dyn Presence, last: &dyn Presence) {
    let brand = brand();
    let (ann, bob) = (AgentId(1), AgentId(2));
    renew(first, brand, ann, 1, Duration::from_millis(400)).await;
    renew(first, brand, bob, 2, Duration::from_millis(400)).await;
    renew(first, brand, bob, 3, Duration::from_millis(1)).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(present(last, brand).await, [ann, bob]);
    renew(last, brand, bob, 2, LONG).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(present(last, brand).await, [bob], "renewed leases go on");
    assert!(
        end(first, brand, bob, 2).await,
        "the short one ended by itself"
    );

    renew(first, brand, ann, 1, Duration::MAX).await;
    assert_eq!(
        present(first, brand).await,
        [ann],
        "as long as a lease can be"
    );
}

async fn renew(node: &dyn Presence, brand: BrandId, agent: AgentId, lease: u128, lasts: Duration) {
    let done = node.renew(brand, agent, lease, lasts).await;
    done.expect("the backend answers");
}

async fn end(node: &dyn Presence, brand: BrandId, agent: AgentId, lease: u128) -> bool {
    let done = node.end(brand, agent, lease).await;
    done.expect("the backend answers")
}

async fn present(node: &dyn Presence, brand: BrandId) -> Vec<AgentId> {
    let mut agents = node.present(brand).await.expect("the backend answers");
    agents.sort();
    agents
}
