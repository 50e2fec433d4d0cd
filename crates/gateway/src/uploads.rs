//! How much visitors upload: anonymous tokens are free, the disk is not. Counted in memory, in plain
//! windows; a restart begins them anew.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use kefu_domain::{BrandId, CustomerId};

use crate::{
    lately::Lately,
    limits::Limits,
    places::{Places, Taken},
    problem::Problem,
};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Uploads at once. Each stands in memory until it is kept, up to 30 MiB.
const AT_ONCE: usize = 16;
/// Of one network.
const SHARE: usize = 8;

/// Which files visitors may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadTypes {
    /// `*/*`, `image/*`, `application/pdf` by what the bytes say, or `.docx` by the name.
    pub types: Vec<String>,
    /// Programs, packages and scripts too.
    pub programs: bool,
}

impl Default for UploadTypes {
    fn default() -> Self {
        Self {
            types: vec!["*/*".to_owned()],
            programs: false,
        }
    }
}

impl UploadTypes {
    /// May this file be sent?
    ///
    /// # Errors
    /// 415 `unsupported_type`.
    pub(crate) fn check(&self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        let runs = !self.programs && kefu_media::runs(name, bytes);
        let (name, mime) = (name.to_lowercase(), kefu_media::sniff(bytes).mime);
        let fits = |wanted: &String| {
            let wanted = wanted.trim().to_lowercase();
            match wanted.strip_suffix('*') {
                Some("" | "*/") => true,
                Some(kind) => mime.starts_with(kind),
                None if wanted.starts_with('.') => name.ends_with(&wanted),
                None => mime == wanted,
            }
        };
        if !runs && self.types.iter().any(fits) {
            return Ok(());
        }
        metrics::counter!("kefu_uploads_refused_total").increment(1);
        Err(kefu_reception::Error::UnsupportedType.into())
    }
}

/// Bytes by visitor and hour, and by brand and day.
pub(crate) struct Uploads {
    places: Arc<Places>,
    visitors: Lately<CustomerId>,
    brands: Lately<BrandId>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            places: Places::new(AT_ONCE, SHARE),
            visitors: Lately::new(HOUR),
            brands: Lately::new(DAY),
        }
    }
}

impl Uploads {
    /// A place for one upload, before its body is read; 503 if there is none, 429 if this network
    /// has its share.
    pub(crate) fn enter(&self, from: IpAddr) -> Result<Taken, Problem> {
        self.places.take(from, 0).map_err(|full| {
            metrics::counter!("kefu_uploads_refused_total").increment(1);
            full.into()
        })
    }

    /// Counts an upload, or refuses it and counts nothing: 429 with the time when the window ends.
    /// `bytes` 0 asks whether anything would be taken at all, before the body is read.
    pub(crate) fn take(
        &self,
        limits: &Limits,
        brand: BrandId,
        visitor: CustomerId,
        bytes: u64,
    ) -> Result<(), Problem> {
        let (most, now) = (limits.upload_bytes_per_visitor_hour, Instant::now());
        let counted = self.visitors.add(visitor, bytes, most, now);
        counted.map_err(|after| refused(after, most, "an hour from one visitor"))?;
        let most = limits.upload_bytes_per_brand_day;
        self.brands.add(brand, bytes, most, now).map_err(|after| {
            // Nothing was taken from the visitor's hour either.
            self.visitors.take_back(&visitor, bytes);
            refused(after, most, "a day from visitors of one brand")
        })
    }
}

fn refused(after: Duration, most: u64, whose: &str) -> Problem {
    metrics::counter!("kefu_uploads_refused_total").increment(1);
    let detail = format!("media: more than {} MiB {whose}", most >> 20);
    Problem {
        retry_after: Some(u32::try_from(after.as_secs() + 1).unwrap_or(u32::MAX)),
        ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_stand_in_memory_and_no_more() {
        let uploads = Uploads::default();
        let host = |n: usize| IpAddr::from([192, 0, 2, u8::try_from(n / SHARE).unwrap()]);
        let enter = |n| uploads.enter(host(n));
        let mut places: Vec<_> = (0..AT_ONCE).map(|n| enter(n).ok()).collect();
        assert!(places.iter().all(Option::is_some));
        let refused = |n| enter(n).err().map(|problem| problem.status.as_u16());
        assert_eq!(refused(AT_ONCE), Some(503));
        places.pop();
        assert_eq!((refused(0), refused(AT_ONCE)), (Some(429), None));
    }

    #[test]
    fn files_are_judged_by_bytes_and_name() {
        let all = UploadTypes::default();
        let some = UploadTypes {
            types: vec!["image/*".to_owned(), ".docx".to_owned()],
            programs: true,
        };
        let (gif, exe) = (b"GIF89a\x01\0\x01\0", b"MZ");
        let fits = |types: &UploadTypes, name, bytes: &[u8]| {
            let checked = types.check(name, bytes);
            checked.map_err(|problem| (problem.status.as_u16(), problem.code))
        };
        let refused = Err((415, "unsupported_type"));
        assert_eq!(fits(&all, "a.bin", b"x"), Ok(()));
        assert_eq!(fits(&all, "a.gif", exe), refused);
        assert_eq!(fits(&all, "setup.exe", b"x"), refused);
        assert_eq!(fits(&some, "a", gif), Ok(()));
        assert_eq!(fits(&some, "A.DOCX", b"x"), Ok(()));
        assert_eq!(fits(&some, "a.gif", b"x"), refused, "a name is no picture");
    }

    #[test]
    fn a_visitor_has_an_hour_and_a_brand_has_a_day() {
        let limits = Limits {
            upload_bytes_per_visitor_hour: 100,
            upload_bytes_per_brand_day: 150,
            ..Limits::default()
        };
        let uploads = Uploads::default();
        let take = |brand, visitor, bytes| {
            let taken = uploads.take(&limits, BrandId(brand), CustomerId(visitor), bytes);
            taken.map_err(|problem| (problem.status.as_u16(), problem.retry_after.unwrap()))
        };
        assert_eq!(take(1, 1, 100), Ok(()));
        assert_eq!(take(1, 1, 1), Err((429, 3_600)));
        assert_eq!(take(1, 1, 0), Err((429, 3_600)), "asked before the body");
        // The brand's day has room for half of it; what does not fit is not counted.
        assert_eq!(take(1, 2, 60), Err((429, 86_400)));
        assert_eq!(take(1, 2, 50), Ok(()));
        assert_eq!(take(1, 3, 0), Err((429, 86_400)));
        assert_eq!(take(2, 4, 100), Ok(()), "another brand has its own day");
    }
}
