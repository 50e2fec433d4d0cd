//! `clear_quota`: the day's counts start again, ten times a month.

use serde::Deserialize;

use crate::platform::refusal::Refusal;
use crate::platform::{Answer, Params, Reply, read};
use crate::world::DAY;
use crate::world::app::desk::AppDesk;

/// How often, and in which time.
const CLEARS: (usize, i64) = (10, 30 * DAY);

pub(super) fn clear(desk: &mut AppDesk<'_>, _: &Params, body: &[u8]) -> Answer {
    #[derive(Debug, Deserialize)]
    struct Request {
        appid: String,
    }
    let request: Request = read(body).map_err(|_| Refusal::of(47001))?;
    if request.appid != desk.app.appid {
        return Err(Refusal::of(40013));
    }
    let now = desk.now;
    desk.app.cleared.retain(|at| now < at + CLEARS.1);
    if desk.app.cleared.len() >= CLEARS.0 {
        return Err(Refusal::of(48006));
    }
    desk.app.cleared.push_back(now);
    desk.quotas.clear(&desk.app.appid);
    Ok(Reply::ok())
}
