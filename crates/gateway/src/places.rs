//! Places of one kind at a door, of which every network has a share, so that no single host takes
//! them all.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use dashmap::DashMap;
use kefu_domain::BrandId;
use kefu_reception::Error;

use crate::{auth::network, problem::Problem};

/// So many places, and so many of them for one network.
pub(crate) struct Places {
    all: usize,
    share: usize,
    taken: AtomicUsize,
    networks: DashMap<IpAddr, usize>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// All are taken: 503.
    All,
    /// This network has its share: 429.
    Share,
}

impl From<Full> for Problem {
    fn from(full: Full) -> Self {
        metrics::counter!("kefu_shed_total").increment(1);
        match full {
            Full::All => Self::overloaded(),
            Full::Share => Error::RateLimited { after_s: 10 }.into(),
        }
    }
}

/// A place taken; dropping it gives it back.
pub(crate) struct Taken {
    places: Arc<Places>,
    network: IpAddr,
}

impl Places {
    pub(crate) fn new(all: usize, share: usize) -> Arc<Self> {
        Arc::new(Self {
            all,
            share,
            taken: AtomicUsize::new(0),
            networks: DashMap::new(),
        })
    }

    /// A place for somebody at this address, where `more` than the usual number may be taken.
    ///
    /// # Errors
    /// [`Full`]; nothing was taken.
    pub(crate) fn take(self: &Arc<Self>, from: IpAddr, more: usize) -> Result<Taken, Full> {
        if self.taken.fetch_add(1, Ordering::AcqRel) >= self.all.saturating_add(more) {
            self.taken.fetch_sub(1, Ordering::AcqRel);
            return Err(Full::All);
        }
        let network = network(from);
        let mut count = self.networks.entry(network).or_default();
        if *count >= self.share {
            drop(count);
            self.taken.fetch_sub(1, Ordering::AcqRel);
            return Err(Full::Share);
        }
        *count += 1;
        drop(count);
        Ok(Taken {
            places: Arc::clone(self),
            network,
        })
    }

    /// Places taken now.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Acquire)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(mut count) = self.places.networks.get_mut(&self.network) {
            *count = count.saturating_sub(1);
        }
        let networks = &self.places.networks;
        networks.remove_if(&self.network, |_, count| *count == 0);
        self.places.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Seats by brand. While less than half are taken, anybody sits down; beyond that no brand has more
/// than one share of as many as there are brands with a seat and one more. A single brand shares with
/// nobody.
pub(crate) struct BrandSeats {
    all: usize,
    brands: DashMap<BrandId, usize>,
}

/// A seat of a brand's; dropping it gives it back.
pub(crate) struct Sits {
    seats: Arc<BrandSeats>,
    brand: BrandId,
}

impl BrandSeats {
    pub(crate) fn new(all: usize) -> Arc<Self> {
        let brands = DashMap::new();
        Arc::new(Self { all, brands })
    }

    /// A seat, where so many are taken in all.
    pub(crate) fn take(self: &Arc<Self>, brand: BrandId, taken: usize) -> Option<Sits> {
        let crowded = taken > self.all / 2;
        let mut mine = self.brands.entry(brand).or_default();
        *mine += 1;
        let count = *mine;
        drop(mine);
        let sits = Sits {
            seats: Arc::clone(self),
            brand,
        };
        let brands = self.brands.len();
        let too_many = crowded && brands > 1 && count > (self.all / (brands + 1)).max(1);
        (!too_many).then_some(sits)
    }
}

impl Drop for Sits {
    fn drop(&mut self) {
        if let Some(mut count) = self.seats.brands.get_mut(&self.brand) {
            *count = count.saturating_sub(1);
        }
        let brands = &self.seats.brands;
        brands.remove_if(&self.brand, |_, count| *count == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_its_share_and_leaves_the_rest_to_others() {
        let places = Places::new(3, 2);
        let (one, other) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let mut taken: Vec<_> = (0..2).filter_map(|_| places.take(one, 0).ok()).collect();
        assert_eq!(places.take(one, 0).err(), Some(Full::Share));
        taken.extend(places.take(other, 0));
        assert_eq!((taken.len(), places.taken()), (3, 3));
        assert_eq!(places.take(other, 0).err(), Some(Full::All));
        assert!(places.take(other, 1).is_ok(), "where more may be taken");
        taken.clear();
        assert_eq!((places.taken(), places.networks.len()), (0, 0));
    }

    #[test]
    fn no_brand_sits_on_every_chair() {
        let seats = BrandSeats::new(12);
        let mut sitting = Vec::new();
        for _ in 0..12 {
            sitting.extend(seats.take(BrandId(1), sitting.len() + 1));
        }
        assert_eq!(sitting.len(), 12, "a single brand has them all");
        sitting.truncate(1);
        sitting.extend(seats.take(BrandId(2), 2));
        for _ in 0..12 {
            sitting.extend(seats.take(BrandId(1), sitting.len() + 1));
        }
        assert!(sitting.len() <= 8, "{}", sitting.len());
        assert!(seats.take(BrandId(2), sitting.len() + 1).is_some());
        assert!(seats.take(BrandId(3), sitting.len() + 1).is_some());
        sitting.clear();
        assert_eq!(seats.brands.len(), 0);
    }
}
