//! The comparison of queue and store, both ways. The store is right.

use std::collections::{HashMap, HashSet};

use kefu_domain::{BrandId, ServiceState};

use crate::{Reception, floor::Tell};

impl Reception {
    /// Compares the queue backend with the floor, both ways, and sets the queue right.
    pub(crate) async fn compare(&self, brand: BrandId) -> Result<usize, kefu_queue::QueueError> {
        let contents = self.queue.contents(brand).await?;
        let mut floor = self.floor.brand(brand);
        let mut wanted = Vec::new();
        let mut held = Vec::new();
        for live in floor.live.values() {
            let Some(session) = &live.conversation.session else {
                continue;
            };
            match (session.state, session.offer, session.team) {
                (ServiceState::Waiting, None, Some(team)) => {
                    let rank = kefu_domain::routing::rank(
                        session.enqueued_at.unwrap_or(0),
                        session.priority,
                    );
                    wanted.push(kefu_queue::Place {
                        session: session.id,
                        team,
                        rank,
                    });
                }
                (ServiceState::Waiting, Some(offer), _) => held.push((session.id, offer.agent)),
                (ServiceState::Serving, ..) => {
                    held.extend(session.agent.map(|agent| (session.id, agent)))
                }
                _ => (),
            }
        }
        let mut tell = Vec::new();
        let there: HashMap<_, _> = contents
            .waiting
            .iter()
            .map(|place| (place.session, *place))
            .collect();
        for place in &wanted {
            match there.get(&place.session) {
                Some(known) if known == place => continue,
                // Joining again would keep the better place.
                Some(known) if known.team == place.team && known.rank < place.rank => {
                    tell.push(Tell::Leave(place.session));
                }
                _ => (),
            }
            tell.push(Tell::Join(*place));
        }
        let wanted: HashSet<_> = wanted.iter().map(|place| place.session).collect();
        tell.extend(
            there
                .keys()
                .filter(|id| !wanted.contains(id))
                .map(|id| Tell::Leave(*id)),
        );
        let counted: HashSet<_> = contents.held.iter().copied().collect();
        tell.extend(
            held.iter()
                .filter(|pair| !counted.contains(pair))
                .map(|(id, agent)| Tell::Hold(*id, *agent)),
        );
        let held: HashSet<_> = held.iter().map(|(id, _)| *id).collect();
        tell.extend(
            counted
                .iter()
                .filter(|(id, _)| !held.contains(id))
                .map(|(id, _)| Tell::Release(*id)),
        );
        let mended = tell.len();
        if mended > 0 {
            floor.tell.extend(tell);
            floor.stirred = true;
            floor.reseat = true;
        }
        Ok(mended)
    }
}
