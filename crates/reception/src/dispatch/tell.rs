//! What the floor collected, told to the queue backend.

use std::collections::HashMap;

use kefu_domain::{AgentId, BrandId, routing::Availability};
use kefu_queue::{QueueError, Seat};

use crate::{Reception, Setup, floor::Tell, seat::SeatState};

impl Reception {
    /// Tells the queue backend what the floor collected. What it does not take is kept.
    pub(crate) async fn tell_queue(&self, brand: BrandId, setup: &Setup) -> Result<(), QueueError> {
        let (tell, seats) = {
            let mut floor = self.floor.brand(brand);
            let seats = std::mem::take(&mut floor.reseat).then(|| seats_of(&floor.seats, setup));
            if seats.is_some() {
                floor.labels = self.queues.labels(setup);
            }
            (std::mem::take(&mut floor.tell), seats)
        };
        let result = self.tell_all(brand, &tell, seats.as_deref()).await;
        if result.is_err() {
            let mut floor = self.floor.brand(brand);
            floor.reseat |= seats.is_some();
            let later = std::mem::replace(&mut floor.tell, tell);
            floor.tell.extend(later);
        }
        result
    }

    async fn tell_all(
        &self,
        brand: BrandId,
        tell: &[Tell],
        seats: Option<&[Seat]>,
    ) -> Result<(), QueueError> {
        if let Some(seats) = seats {
            self.queue.seat(brand, seats).await?;
        }
        // Order matters between kinds, so only neighbours of one kind go together.
        for group in tell.chunk_by(|a, b| std::mem::discriminant(a) == std::mem::discriminant(b)) {
            match group[0] {
                Tell::Join(_) => {
                    let places: Vec<_> = group
                        .iter()
                        .filter_map(|t| {
                            if let Tell::Join(place) = t {
                                Some(*place)
                            } else {
                                None
                            }
                        })
                        .collect();
                    self.queue.join(brand, &places).await?;
                }
                Tell::Leave(_) => {
                    let gone: Vec<_> = group
                        .iter()
                        .filter_map(|t| {
                            if let Tell::Leave(id) = t {
                                Some(*id)
                            } else {
                                None
                            }
                        })
                        .collect();
                    self.queue.leave(brand, &gone).await?;
                }
                Tell::Hold(..) => {
                    let held: Vec<_> = group
                        .iter()
                        .filter_map(|t| {
                            if let Tell::Hold(session, agent) = t {
                                Some((*session, *agent))
                            } else {
                                None
                            }
                        })
                        .collect();
                    self.queue.hold(brand, &held).await?;
                }
                Tell::Release(_) => {
                    let free: Vec<_> = group
                        .iter()
                        .filter_map(|t| {
                            if let Tell::Release(id) = t {
                                Some(*id)
                            } else {
                                None
                            }
                        })
                        .collect();
                    self.queue.release(brand, &free).await?;
                }
            }
        }
        Ok(())
    }
}

fn seats_of(seats: &HashMap<AgentId, SeatState>, setup: &Setup) -> Vec<Seat> {
    setup
        .agents
        .values()
        .map(|row| {
            let agent = &row.entry;
            let state = seats.get(&agent.id);
            let open = !agent.disabled
                && state.is_some_and(|seat| {
                    seat.connected && seat.availability == Availability::Online
                });
            Seat {
                agent: agent.id,
                open,
                limit: agent.limit,
            }
        })
        .collect()
}
