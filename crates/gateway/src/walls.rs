//! One wall for all who look at it: it is made once a second, however many supervisors there are and
//! however often programs ask, and by one of them while the others wait for it.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{body::Bytes, extract::ws::Utf8Bytes};
use kefu_domain::{BrandId, TeamId};
use parking_lot::Mutex;

use crate::problem::Answer;

/// One is shown for so long. Each socket asks once a second.
const LASTS: Duration = Duration::from_millis(900);
/// Walls kept at most; beyond, those that nobody is just asking for are made anew.
const KEPT: usize = 256;

/// Whose wall.
type Of = (BrandId, Option<TeamId>);
type Shown = Arc<tokio::sync::Mutex<Option<(Instant, Wall)>>>;

/// A wall, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wall {
    /// For sockets.
    pub(crate) frame: Utf8Bytes,
    /// For who asks by HTTP.
    pub(crate) answer: Bytes,
}

/// All walls that are looked at.
#[derive(Default)]
pub(crate) struct Walls {
    shown: Mutex<HashMap<Of, Shown>>,
}

impl Walls {
    /// The wall as it was made less than a second ago, or made now.
    pub(crate) async fn show<F>(&self, of: Of, make: impl FnOnce() -> F) -> Answer<Wall>
    where
        F: Future<Output = Answer<Wall>>,
    {
        let slot = self.slot(of);
        let mut shown = slot.lock().await;
        if let Some((made, wall)) = &*shown
            && made.elapsed() < LASTS
        {
            return Ok(wall.clone());
        }
        let began = Instant::now();
        let wall = make().await?;
        *shown = Some((began, wall.clone()));
        Ok(wall)
    }

    fn slot(&self, of: Of) -> Shown {
        let mut shown = self.shown.lock();
        if shown.len() >= KEPT && !shown.contains_key(&of) {
            shown.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(shown.entry(of).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn wall(text: String) -> Wall {
        Wall {
            frame: text.clone().into(),
            answer: text.into(),
        }
    }

    #[tokio::test]
    async fn however_many_look_a_wall_is_made_once_a_second() {
        let (walls, made) = (Walls::default(), AtomicU32::new(0));
        let look = |team| {
            walls.show((BrandId(1), team), || async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                let n = made.fetch_add(1, Ordering::Relaxed);
                Ok(wall(n.to_string()))
            })
        };
        let all = futures_util::future::join_all((0..100).map(|_| look(None))).await;
        assert!(all.into_iter().all(|frame| frame.unwrap().frame == "0"));
        assert_eq!(look(Some(TeamId(1))).await.unwrap().answer, "1");
        tokio::time::sleep(LASTS).await;
        assert_eq!(look(None).await.unwrap().frame, "2");
    }

    #[tokio::test]
    async fn so_many_are_kept_and_no_more() {
        let walls = Walls::default();
        for n in 0..1000 {
            let frame = walls.show((BrandId(n), None), || async { Ok(wall("x".to_owned())) });
            frame.await.unwrap();
            assert!(walls.shown.lock().len() <= KEPT);
        }
    }
}
