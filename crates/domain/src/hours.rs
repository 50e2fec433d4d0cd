//! Business hours in a time zone.

use jiff::{Timestamp, ToSpan, civil::Time, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::UnixMs;

/// When people are there. Without any span: always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hours {
    /// IANA name.
    pub timezone: String,
    /// Weekly spans.
    pub week: Vec<Span>,
    /// Whole days off, `YYYY-MM-DD`.
    pub holidays: Vec<jiff::civil::Date>,
}

/// A span on some days of the week. `to` before `from` runs past midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// 1 Monday … 7 Sunday.
    pub days: Vec<i8>,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`; `24:00` is the end of the day.
    pub to: String,
}

impl Default for Hours {
    fn default() -> Self {
        Self {
            timezone: "Asia/Shanghai".to_owned(),
            week: Vec::new(),
            holidays: Vec::new(),
        }
    }
}

/// How far ahead the next opening is looked for.
const LOOK_AHEAD_DAYS: i32 = 14;

/// Minutes since midnight of `HH:MM`.
fn minutes(text: &str) -> Option<i32> {
    if text == "24:00" {
        return Some(1440);
    }
    let time: Time = text.parse().ok()?;
    Some(i32::from(time.hour()) * 60 + i32::from(time.minute()))
}

impl Hours {
    /// Checks zone, days and times.
    ///
    /// # Errors
    /// The text that does not fit.
    pub fn check(&self) -> Result<(), String> {
        TimeZone::get(&self.timezone).map_err(|_| self.timezone.clone())?;
        for span in &self.week {
            if let Some(day) = span.days.iter().find(|day| !(1..=7).contains(*day)) {
                return Err(day.to_string());
            }
            for text in [&span.from, &span.to] {
                minutes(text).ok_or_else(|| text.clone())?;
            }
        }
        Ok(())
    }

    /// Is someone there at `now`? An unknown zone counts as UTC ([`Hours::check`] refuses it at
    /// set-up).
    #[must_use]
    pub fn open(&self, now: UnixMs) -> bool {
        if self.week.is_empty() && self.holidays.is_empty() {
            return true;
        }
        let zone = TimeZone::get(&self.timezone).unwrap_or(TimeZone::UTC);
        let Ok(at) = Timestamp::from_millisecond(now) else {
            return true;
        };
        let local = at.to_zoned(zone);
        if self.holidays.contains(&local.date()) {
            return false;
        }
        if self.week.is_empty() {
            return true;
        }
        let today = local.weekday().to_monday_one_offset();
        let yesterday = if today == 1 { 7 } else { today - 1 };
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        self.week.iter().any(|span| {
            let (Some(from), Some(to)) = (minutes(&span.from), minutes(&span.to)) else {
                return false;
            };
            if from < to {
                span.days.contains(&today) && (from..to).contains(&minute)
            } else {
                (span.days.contains(&today) && minute >= from)
                    || (span.days.contains(&yesterday) && minute < to)
            }
        })
    }
}

impl Hours {
    /// The next time after `now` at which someone is there, if that is within two weeks; none while
    /// someone is.
    #[must_use]
    pub fn opens_at(&self, now: UnixMs) -> Option<UnixMs> {
        if self.open(now) {
            return None;
        }
        let zone = TimeZone::get(&self.timezone).unwrap_or(TimeZone::UTC);
        let here = Timestamp::from_millisecond(now).ok()?;
        let today = here.to_zoned(zone.clone()).date();
        // Someone comes at the beginning of a span, or at midnight after a day off.
        let starts = self.week.iter().filter_map(|span| minutes(&span.from));
        let mut starts: Vec<i32> = starts.chain([0]).filter(|minute| *minute < 1440).collect();
        starts.sort_unstable();
        (0..=LOOK_AHEAD_DAYS)
            .filter_map(|days| today.checked_add(days.days()).ok())
            .flat_map(|day| starts.iter().map(move |minute| (day, *minute)))
            .filter_map(|(day, minute)| {
                let time = day.at(0, 0, 0, 0).checked_add(minute.minutes()).ok()?;
                Some(
                    time.to_zoned(zone.clone())
                        .ok()?
                        .timestamp()
                        .as_millisecond(),
                )
            })
            .find(|at| *at > now && self.open(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMs {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn hours(from: &str, to: &str) -> Hours {
        let span = Span {
            days: vec![1, 2, 3, 4, 5],
            from: from.into(),
            to: to.into(),
        };
        Hours {
            week: vec![span],
            ..Hours::default()
        }
    }

    #[test]
    fn hours_are_local() {
        let shop = hours("09:00", "22:00");
        // 2026-11-20 is a Friday; Shanghai is UTC+8.
        assert!(shop.open(at("2026-11-20T01:00:00Z")));
        assert!(!shop.open(at("2026-11-20T00:59:59Z")));
        assert!(!shop.open(at("2026-11-20T14:00:00Z")));
        assert!(!shop.open(at("2026-11-21T05:00:00Z")));
    }

    #[test]
    fn a_night_shift_runs_past_midnight() {
        let night = hours("22:00", "06:00");
        assert!(night.open(at("2026-11-20T21:59:00Z")));
        assert!(!night.open(at("2026-11-21T22:30:00Z")));
    }

    #[test]
    fn nothing_set_means_always_and_a_holiday_means_closed() {
        let mut always = Hours::default();
        assert!(always.open(at("2026-11-21T20:00:00Z")));
        always.holidays.push("2026-11-22".parse().unwrap());
        assert!(!always.open(at("2026-11-21T20:00:00Z")));
    }

    #[test]
    fn it_is_known_when_someone_is_back() {
        let shop = hours("09:00", "22:00");
        assert_eq!(shop.opens_at(at("2026-11-20T01:00:00Z")), None);
        // Friday before nine, Friday night to Monday, and a Monday off.
        let back = |now| shop.opens_at(at(now));
        assert_eq!(
            back("2026-11-20T00:59:00Z"),
            Some(at("2026-11-20T01:00:00Z"))
        );
        assert_eq!(
            back("2026-11-20T14:00:00Z"),
            Some(at("2026-11-23T01:00:00Z"))
        );
        let mut holiday = shop.clone();
        holiday.holidays.push("2026-11-23".parse().unwrap());
        assert_eq!(
            holiday.opens_at(at("2026-11-20T14:00:00Z")),
            Some(at("2026-11-24T01:00:00Z"))
        );
        // A night shift whose evening is a holiday is there again from midnight on.
        let mut night = hours("22:00", "06:00");
        night.holidays.push("2026-11-19".parse().unwrap());
        assert_eq!(
            night.opens_at(at("2026-11-19T15:00:00Z")),
            Some(at("2026-11-19T16:00:00Z"))
        );
        let mut never = shop.clone();
        never.week[0].days.clear();
        assert_eq!(never.opens_at(at("2026-11-20T01:00:00Z")), None);
    }

    #[test]
    fn set_up_refuses_what_it_cannot_read() {
        assert!(hours("09:00", "25:00").check().is_err());
        let nowhere = Hours {
            timezone: "Mars/Olympus".into(),
            ..Hours::default()
        };
        assert!(nowhere.check().is_err());
    }
}
