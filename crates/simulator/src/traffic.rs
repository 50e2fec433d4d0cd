//! What went between gateway and platform, both ways: a bounded ring for people and scripts to
//! read, and counts that are never cut.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// Which way something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// The gateway called the platform.
    Call,
    /// The platform called the gateway.
    Callback,
}

/// One call or callback.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Record {
    pub(crate) no: u64,
    /// The platform's time, milliseconds.
    pub(crate) at: i64,
    pub(crate) way: Way,
    pub(crate) corpid: String,
    /// The path below `/cgi-bin/`, or the event's name.
    pub(crate) path: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) query: String,
    /// What was sent, cut at the bound.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) errcode: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    pub(crate) took_us: u64,
    pub(crate) attempt: u32,
    /// A few words: how many messages a pull gave, which fault struck, why there was no answer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
}

impl Record {
    pub(crate) fn new(way: Way, corpid: &str, path: &str) -> Self {
        Self {
            no: 0,
            at: 0,
            way,
            corpid: corpid.to_owned(),
            path: path.to_owned(),
            query: String::new(),
            body: String::new(),
            errcode: None,
            status: None,
            took_us: 0,
            attempt: 1,
            note: String::new(),
        }
    }
}

/// What a script wants to see.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) after: u64,
    pub(crate) limit: usize,
    pub(crate) path: Option<&'a str>,
    pub(crate) way: Option<Way>,
    pub(crate) corpid: Option<&'a str>,
    pub(crate) errcode: Option<i64>,
    /// Newest first, as a person reads; oldest first is how a script pages.
    pub(crate) newest_first: bool,
}

/// Counts of one path by answer.
pub(crate) type Counts = BTreeMap<String, BTreeMap<String, u64>>;

#[derive(Debug)]
pub(crate) struct Traffic {
    ring: VecDeque<Record>,
    room: usize,
    body: usize,
    next: u64,
    counts: Counts,
}

impl Traffic {
    pub(crate) fn new(room: usize, body: usize) -> Self {
        Self {
            ring: VecDeque::new(),
            room: room.max(1),
            body,
            next: 0,
            counts: Counts::new(),
        }
    }

    pub(crate) fn add(&mut self, mut record: Record, now: i64) {
        self.next += 1;
        record.no = self.next;
        record.at = now;
        if record.body.len() > self.body {
            let cut = record.body.floor_char_boundary(self.body);
            record.body.truncate(cut);
            record.body.push('…');
        }
        let answer = match (record.errcode, record.status) {
            (Some(code), _) => code.to_string(),
            (None, Some(status)) => format!("http {status}"),
            (None, None) => "none".to_owned(),
        };
        let path = match self.counts.contains_key(&record.path) || self.counts.len() < 500 {
            true => record.path.clone(),
            false => "other".to_owned(),
        };
        *self
            .counts
            .entry(path)
            .or_default()
            .entry(answer)
            .or_default() += 1;
        if self.ring.len() >= self.room {
            self.ring.pop_front();
        }
        self.ring.push_back(record);
    }

    pub(crate) fn list(&self, wanted: &Wanted<'_>) -> Vec<Record> {
        let from = self
            .ring
            .partition_point(|record| record.no <= wanted.after);
        let fits = |record: &&Record| {
            wanted.path.is_none_or(|path| record.path == path)
                && wanted.way.is_none_or(|way| record.way == way)
                && wanted.corpid.is_none_or(|corpid| record.corpid == corpid)
                && wanted
                    .errcode
                    .is_none_or(|code| record.errcode == Some(code))
        };
        let rest = self.ring.range(from..);
        match wanted.newest_first {
            true => rest
                .rev()
                .filter(fits)
                .take(wanted.limit)
                .cloned()
                .collect(),
            false => rest.filter(fits).take(wanted.limit).cloned().collect(),
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(crate) fn last(&self) -> u64 {
        self.next
    }

    pub(crate) fn clear(&mut self) {
        self.ring.clear();
        self.counts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_is_bounded_and_the_counts_are_not() {
        let mut traffic = Traffic::new(2, 3);
        for code in [0, 0, 45_009] {
            let mut record = Record::new(Way::Call, "ww", "kf/send_msg");
            record.errcode = Some(code);
            record.body = "茶茶".into();
            traffic.add(record, 7);
        }
        let list = traffic.list(&Wanted {
            limit: 10,
            ..Wanted::default()
        });
        assert_eq!(
            list.iter().map(|record| record.no).collect::<Vec<_>>(),
            [2, 3]
        );
        assert_eq!(list[0].body, "茶…");
        assert_eq!(traffic.counts()["kf/send_msg"]["0"], 2);
        let refused = Wanted {
            limit: 1,
            errcode: Some(45_009),
            ..Wanted::default()
        };
        assert_eq!(traffic.list(&refused).len(), 1);
        assert!(
            traffic
                .list(&Wanted {
                    after: 3,
                    limit: 9,
                    ..Wanted::default()
                })
                .is_empty()
        );
    }
}
