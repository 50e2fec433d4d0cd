//! Business hours in a time zone.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time},
    tz::TimeZone,
};
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
    /// Whole days off, `YYYY-MM-DD`. A night shift that would begin on one does not come.
    pub holidays: Vec<Date>,
    /// Days with spans of their own, instead of what the week and the days off say: a Saturday that is
    /// worked (调休), a short day before a feast.
    pub extra_days: Vec<ExtraDay>,
}

/// A span on one day. `to` before `from` runs past midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraDay {
    /// `YYYY-MM-DD`.
    pub date: Date,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`; `24:00` is the end of the day.
    pub to: String,
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
            extra_days: Vec::new(),
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
        }
        let spans = self.week.iter().map(|span| (&span.from, &span.to));
        let extra = self.extra_days.iter().map(|day| (&day.from, &day.to));
        for text in spans.chain(extra).flat_map(|(from, to)| [from, to]) {
            minutes(text).ok_or_else(|| text.clone())?;
        }
        Ok(())
    }

    /// Is someone there at `now`? An unknown zone counts as UTC ([`Hours::check`] refuses it at
    /// set-up).
    #[must_use]
    pub fn open(&self, now: UnixMs) -> bool {
        if self.week.is_empty() && self.holidays.is_empty() && self.extra_days.is_empty() {
            return true;
        }
        let zone = TimeZone::get(&self.timezone).unwrap_or(TimeZone::UTC);
        let Ok(at) = Timestamp::from_millisecond(now) else {
            return true;
        };
        let local = at.to_zoned(zone);
        let (today, minute) = (
            local.date(),
            i32::from(local.hour()) * 60 + i32::from(local.minute()),
        );
        let begun = self.spans(today).into_iter();
        if begun
            .into_iter()
            .any(|(from, to)| minute >= from && (minute < to || to <= from))
        {
            return true;
        }
        // The rest of a night that began yesterday, unless today is a day off.
        let yesterday = today.checked_sub(1.day());
        !self.is_off(today)
            && yesterday.is_ok_and(|yesterday| {
                let mut spans = self.spans(yesterday).into_iter();
                spans.any(|(from, to)| to <= from && minute < to)
            })
    }

    /// Nobody comes on this day.
    fn is_off(&self, day: Date) -> bool {
        self.holidays.contains(&day) && self.extra_days.iter().all(|extra| extra.date != day)
    }

    /// The spans that begin on a day, in minutes since its midnight.
    fn spans(&self, day: Date) -> Vec<(i32, i32)> {
        let read = |from: &str, to: &str| Some((minutes(from)?, minutes(to)?));
        let mut extra = self
            .extra_days
            .iter()
            .filter(|extra| extra.date == day)
            .peekable();
        if extra.peek().is_some() {
            return extra
                .filter_map(|extra| read(&extra.from, &extra.to))
                .collect();
        }
        if self.holidays.contains(&day) {
            return Vec::new();
        }
        if self.week.is_empty() {
            return vec![(0, 1440)];
        }
        let weekday = day.weekday().to_monday_one_offset();
        let spans = self.week.iter().filter(|span| span.days.contains(&weekday));
        spans
            .filter_map(|span| read(&span.from, &span.to))
            .collect()
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
        let starts = self.week.iter().map(|span| &span.from);
        let starts = starts.chain(self.extra_days.iter().map(|day| &day.from));
        let starts = starts.filter_map(|from| minutes(from));
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
        // A night shift whose evening is a holiday never began: it is there again the next evening.
        let mut night = hours("22:00", "06:00");
        night.holidays.push("2026-11-19".parse().unwrap());
        assert_eq!(
            night.opens_at(at("2026-11-19T15:00:00Z")),
            Some(at("2026-11-20T14:00:00Z"))
        );
        assert!(!night.open(at("2026-11-19T20:00:00Z")));
        let mut never = shop.clone();
        never.week[0].days.clear();
        assert_eq!(never.opens_at(at("2026-11-20T01:00:00Z")), None);
    }

    #[test]
    fn an_extra_day_says_its_own_hours() {
        let mut shop = hours("09:00", "18:00");
        // A Saturday is worked, and so is the morning of a day off.
        let extra = |date: &str, from: &str, to: &str| ExtraDay {
            date: date.parse().unwrap(),
            from: from.into(),
            to: to.into(),
        };
        shop.holidays.push("2026-11-23".parse().unwrap());
        shop.extra_days = vec![
            extra("2026-11-21", "10:00", "16:00"),
            extra("2026-11-21", "20:00", "02:00"),
            extra("2026-11-23", "09:00", "12:00"),
        ];
        let open = |now| shop.open(at(now));
        assert!(open("2026-11-21T02:00:00Z"));
        assert!(!open("2026-11-21T08:00:00Z"));
        assert!(open("2026-11-21T17:59:00Z"));
        assert!(!open("2026-11-21T18:00:00Z"));
        assert!(open("2026-11-23T03:59:00Z"));
        assert!(!open("2026-11-23T04:00:00Z"));
        assert_eq!(
            shop.opens_at(at("2026-11-20T14:00:00Z")),
            Some(at("2026-11-21T02:00:00Z"))
        );
        let mut wrong = shop.clone();
        wrong.extra_days[0].from = "25:00".into();
        assert!(wrong.check().is_err());
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
