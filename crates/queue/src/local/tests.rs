use std::{sync::Arc, time::Duration};

use super::*;
use crate::{Presence, contract};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_waiting_queue_keeps_its_contract() {
    let first = Local::new();
    let second = first.peer();
    contract::waiting_queue(&[Arc::new(first), Arc::new(second)]).await;
}

#[tokio::test]
async fn the_bus_keeps_its_contract() {
    let first = Local::new();
    let (second, third) = (first.peer(), first.peer());
    contract::bus(&[Arc::new(first), Arc::new(second), Arc::new(third)]).await;
}

#[tokio::test]
async fn presence_keeps_its_contract() {
    let first = Local::new();
    let second = first.peer();
    contract::presence(&[Arc::new(first), Arc::new(second)]).await;
}

#[tokio::test]
async fn nothing_stays_behind() {
    let local = Local::new();
    let (brand, team) = (BrandId(1), TeamId(1));
    let place = |n| Place {
        session: SessionId(n),
        team,
        rank: 0,
    };
    local.join(brand, &[place(1), place(2)]).await.unwrap();
    local
        .hold(brand, &[(SessionId(1), AgentId(1))])
        .await
        .unwrap();
    local.leave(brand, &[SessionId(2)]).await.unwrap();
    local.release(brand, &[SessionId(1)]).await.unwrap();
    local.room(brand, |room| {
        assert!(room.lines.is_empty() && room.spots.is_empty() && room.desks.is_empty());
    });
    local.head(BrandId(2), team, 1).await.unwrap();
    assert!(
        local.shared.rooms.get(&BrandId(2)).is_none(),
        "a question makes no room"
    );
    local.present(BrandId(2)).await.unwrap();
    drop(local.peer());
    local.publish(brand, Bytes::new()).await.unwrap();
    assert_eq!(
        local.shared.nodes.lock().len(),
        1,
        "a node that left is forgotten"
    );
    let lone = tokio::time::timeout(Duration::from_millis(20), local.next()).await;
    assert!(lone.is_err());
}
