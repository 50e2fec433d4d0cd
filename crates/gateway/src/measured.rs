//! Everything that `/metrics` tells, in one table: what the recorder is told, what `METRICS.md`
//! says, and what a wall compares with every crate's code.

use metrics::Unit;

/// One name of `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// As it is scraped.
    pub name: &'static str,
    /// What can be done with it.
    pub kind: Kind,
    /// What it is counted in.
    pub unit: &'static str,
    /// What it is split by.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// What can be done with a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, from 0 at the start of the process.
    Counter,
    /// Is as it is now.
    Gauge,
    /// How many took up to how much.
    Histogram,
}

impl Kind {
    /// As Prometheus calls it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

macro_rules! table {
    ($($kind:ident $name:ident [$($label:ident),*] $unit:literal $help:literal;)*) => {
        /// All of them, by name.
        pub const METRICS: &[Metric] = &[$(Metric {
            name: stringify!($name),
            kind: Kind::$kind,
            unit: $unit,
            labels: &[$(stringify!($label)),*],
            help: $help,
        }),*];
    };
}

table! {
    Gauge kefu_agents [brand, state] "people" "Agents by what they say of themselves; who has no console open is offline";
    Counter kefu_bus_dropped_total [side] "messages" "News for other nodes dropped because a node did not keep up; it looks at the store instead";
    Histogram kefu_callback_age_seconds [channel] "seconds" "How old a platform's callback was by its own timestamp";
    Counter kefu_callback_malformed_total [channel] "callbacks" "Signed callbacks that were kept raw because fields were missing or doubled";
    Counter kefu_callback_previous_key_total [channel] "callbacks" "Callbacks under the key before: the platform has not been given the new one";
    Histogram kefu_callback_seconds [] "seconds" "From a callback's arrival to its answer";
    Counter kefu_callbacks_rejected_total [] "callbacks" "Callbacks whose signature or content could not be a platform's";
    Counter kefu_claims_refused_total [] "claims" "Assignments that the queue proposed and the store refused; the session goes back to its place";
    Counter kefu_codes_left_total [] "codes" "Codes of offers that stay at their platform because they could not be withdrawn";
    Counter kefu_dispatch_failures_total [] "rounds" "Rounds of routing that waited for the queue";
    Counter kefu_events_given_up_total [] "events" "Platform events that were kept and never acted on; they can be repeated by hand";
    Counter kefu_events_told_total [kind] "events" "Platform events that were kept, each once";
    Counter kefu_filed_total [] "messages" "Customers' messages on the disk";
    Counter kefu_files_lost_total [] "files" "Files that their platform does not have any more";
    Histogram kefu_first_reply_seconds [] "seconds" "From a customer's first unanswered words to a person's reply";
    Gauge kefu_free_capacity [brand] "customers" "Free places of agents who take customers";
    Counter kefu_greetings_failed_total [] "greetings" "Greetings of a new specialist that were not sent in their 20 seconds";
    Gauge kefu_in_flight [] "messages" "Messages on their way to the disk";
    Counter kefu_login_failures_total [] "tries" "Wrong passwords";
    Gauge kefu_oldest_wait_seconds [brand, queue] "seconds" "How long the first in line has waited";
    Gauge kefu_outbox_dead [] "intents" "What was given up and waits for a person to resend it";
    Gauge kefu_outbox_pending [] "intents" "What is still to be told to parties outside";
    Counter kefu_outbox_tries_total [result] "calls" "Tries to send what goes to a platform";
    Counter kefu_platform_calls_total [api, answer] "calls" "Calls of platforms by API and answer";
    Gauge kefu_platform_quota_used_ratio [corp, api, window] "ratio" "How much of a platform's quota is used";
    Counter kefu_platform_repeats_total [channel] "messages" "Messages whose earlier, doubtful try had been taken after all";
    Counter kefu_pull_failures_total [] "pulls" "Pulls of a platform's messages that are tried again later";
    Counter kefu_queue_breaker_opened_total [] "times" "Times that Redis was left alone for a moment because it did not answer";
    Histogram kefu_queue_call_seconds [op] "seconds" "Calls of Redis";
    Counter kefu_queue_connects_total [] "connections" "Connections to Redis";
    Counter kefu_queue_contents_lost_total [] "times" "Times that Redis had lost a waiting line, which was then rebuilt";
    Gauge kefu_queue_depth [brand, queue] "customers" "Who waits for an agent";
    Counter kefu_queue_failures_total [op, kind] "calls" "Calls of Redis without a good answer";
    Counter kefu_queue_mended_total [] "places" "Places in line that the comparison with the store put right";
    Gauge kefu_queue_up [] "0 or 1" "Redis answers";
    Counter kefu_shed_total [] "requests" "Messages, requests, sockets and connections refused because too much was under way";
    Gauge kefu_sockets [] "sockets" "Open sockets, and polls that wait";
    Histogram kefu_store_batch_jobs [] "jobs" "Jobs of one commit";
    Histogram kefu_store_commit_seconds [] "seconds" "From a batch's first job to its commit on the disk";
    Gauge kefu_store_indexed_upto [] "row" "The newest message in the search index";
    Gauge kefu_store_log_pages [] "pages" "Pages of the write-ahead log that are not in the database yet";
    Counter kefu_store_rollbacks_total [] "batches" "Batches that were rolled back; nothing of them was accepted";
    Counter kefu_task_panics_total [] "panics" "Panics in work that runs by itself; each stayed with its one row";
    Counter kefu_uploads_refused_total [] "files" "Uploads of visitors refused for their sum or number";
    Histogram kefu_wait_seconds [brand, queue] "seconds" "From entering the line to an agent";
    Counter kefu_webhook_tries_total [result] "calls" "Calls of brands' own systems";
}

/// Tells the recorder what each name means.
pub(crate) fn describe() {
    for metric in METRICS {
        let unit = match metric.unit {
            "seconds" => Unit::Seconds,
            _ => Unit::Count,
        };
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(metric.name, unit, metric.help),
            Kind::Gauge => metrics::describe_gauge!(metric.name, unit, metric.help),
            Kind::Histogram => metrics::describe_histogram!(metric.name, unit, metric.help),
        }
    }
}

/// The table for people to read: `METRICS.md`.
#[must_use]
pub fn markdown() -> String {
    let mut page = "# Metrics\n\nWhat `/metrics` tells Prometheus. Counters begin at 0 with the process. \
        Histograms of seconds have buckets from half a millisecond to an hour; the others tell quantiles. \
        The label `queue` is a team's name: the first hundred queues have their own, all others are `other`.\n\n\
        | name | kind | unit | labels | meaning |\n|---|---|---|---|---|\n"
        .to_owned();
    for metric in METRICS {
        page += &format!(
            "| `{}` | {} | {} | {} | {} |\n",
            metric.name,
            metric.kind.word(),
            metric.unit,
            metric.labels.join(", "),
            metric.help
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_the_table_says() {
        assert!(
            markdown() == include_str!("../METRICS.md"),
            "METRICS.md is old: run `kefu metrics > crates/gateway/METRICS.md`"
        );
        assert!(METRICS.is_sorted_by_key(|metric| metric.name));
    }
}
