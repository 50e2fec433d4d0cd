//! A place that an item of the menu asked for is told by the tap, with its name, and as a message of
//! its own, which may follow, come first, or not come at all. It is one place: whichever tells of it
//! first is the customer's message, and the other one only brings what it grants.
//!
//! Remembered for seconds, and not on disk: after a crash between the two the place stands twice in the
//! thread, and never not at all.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use kefu_domain::{ConnectionId, Source};
use kefu_wechat::push::Place;
use parking_lot::Mutex;

/// Between the two, by the platform's clock: nobody chooses another place by hand as fast.
const APART_S: u64 = 10;
/// Degrees, about a kilometre: the two may be rounded differently.
const NEAR: f64 = 0.01;
/// How long one is remembered; the platform delivers what was not taken within 15 s.
const KEPT: Duration = Duration::from_secs(60);
/// Customers remembered; beyond, those whose time is over are forgotten, and then the place of somebody
/// new may stand twice.
const CUSTOMERS: usize = 10_000;

/// Places that were told of just now.
#[derive(Default)]
pub(super) struct Places(Mutex<HashMap<(ConnectionId, String), Told>>);

/// One telling of a place.
pub(super) struct Telling<'a> {
    /// The same for every repetition of it.
    pub(super) key: &'a str,
    pub(super) place: &'a Place,
    /// Unix seconds.
    pub(super) at: i64,
    /// The item of the menu, if the tap tells it.
    pub(super) tapped: Option<Source>,
}

/// The first telling.
struct Told {
    key: String,
    latitude: f64,
    longitude: f64,
    at: i64,
    tapped: Option<Source>,
    /// The second one.
    again: Option<String>,
    heard: Instant,
}

/// What a telling is.
#[derive(Debug, PartialEq)]
pub(super) enum Which {
    /// The first: it is the customer's message.
    First,
    /// The second: the place stands in the thread. With the item of the menu, if the tap came first.
    Second(Option<Source>),
}

impl Places {
    pub(super) fn hear(&self, whose: ConnectionId, address: &str, telling: Telling<'_>) -> Which {
        let mut places = self.0.lock();
        let whom = (whose, address.to_owned());
        if let Some(first) = places.get_mut(&whom) {
            if first.key == telling.key {
                return Which::First;
            }
            if first.is_told_by(&telling) {
                first.again = Some(telling.key.to_owned());
                return Which::Second(first.tapped.clone());
            }
        }
        if places.len() >= CUSTOMERS {
            places.retain(|_, told| told.heard.elapsed() < KEPT);
        }
        if places.len() < CUSTOMERS {
            let told = Told {
                key: telling.key.to_owned(),
                latitude: telling.place.latitude,
                longitude: telling.place.longitude,
                at: telling.at,
                tapped: telling.tapped,
                again: None,
                heard: Instant::now(),
            };
            places.insert(whom, told);
        }
        Which::First
    }
}

impl Told {
    /// Is it the same place in the other way, and not told so before?
    fn is_told_by(&self, telling: &Telling<'_>) -> bool {
        let near = |ours: f64, theirs: f64| (ours - theirs).abs() < NEAR;
        self.tapped.is_some() != telling.tapped.is_some()
            && self.at.abs_diff(telling.at) <= APART_S
            && near(self.latitude, telling.place.latitude)
            && near(self.longitude, telling.place.longitude)
            && self.again.as_deref().is_none_or(|key| key == telling.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Place {
        Place {
            latitude: 30.1935,
            longitude: 120.0891,
            ..Place::default()
        }
    }

    fn item() -> Source {
        Source {
            kind: "menu".into(),
            ..Source::default()
        }
    }

    fn hear(places: &Places, key: &str, at: i64, tapped: bool) -> Which {
        let telling = Telling {
            key,
            place: &here(),
            at,
            tapped: tapped.then(item),
        };
        places.hear(ConnectionId(1), "o1", telling)
    }

    #[test]
    fn a_place_that_is_told_twice_is_one_in_either_order_and_however_often() {
        let places = Places::default();
        for _ in 0..2 {
            assert_eq!(hear(&places, "tap", 100, true), Which::First);
            let second = Which::Second(Some(item()));
            assert_eq!(hear(&places, "message", 101, false), second);
        }
        let places = Places::default();
        for _ in 0..2 {
            assert_eq!(hear(&places, "message", 101, false), Which::First);
            assert_eq!(hear(&places, "tap", 100, true), Which::Second(None));
        }
    }

    #[test]
    fn a_place_that_is_sent_again_by_hand_is_another_message() {
        let places = Places::default();
        assert_eq!(hear(&places, "tap", 100, true), Which::First);
        hear(&places, "message", 100, false);
        assert_eq!(hear(&places, "by hand", 104, false), Which::First);
        assert_eq!(hear(&places, "once more", 105, false), Which::First);
        let places = Places::default();
        assert_eq!(hear(&places, "tap", 100, true), Which::First);
        assert_eq!(hear(&places, "late", 111, false), Which::First);
        let far = Place {
            latitude: 31.0,
            ..here()
        };
        let elsewhere = Telling {
            key: "elsewhere",
            place: &far,
            at: 111,
            tapped: Some(item()),
        };
        let told = places.hear(ConnectionId(1), "o1", elsewhere);
        assert_eq!(told, Which::First);
        assert_eq!(hear(&places, "of another", 111, false), Which::First);
    }
}
