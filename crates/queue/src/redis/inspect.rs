//! Looks at a server before it is relied on, for `kefu doctor`.

use std::time::Duration;

use ::redis::{InfoDict, ProtocolVersion, cmd};
use tokio::time::{Instant, timeout};

use super::link::client;
use crate::QueueError;

/// Something about the server that should be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable, for scripts: `version`, `eviction`, `replica`, `memory`, `slow`, `cluster`.
    pub code: &'static str,
    /// Kefu cannot work like this; otherwise it works less well.
    pub fatal: bool,
    /// What is so, and what to do.
    pub text: String,
}

/// Connects once and says what is wrong with the server; nothing, if all is well.
///
/// # Errors
/// [`QueueError::Unavailable`] if it cannot be asked, with the reason.
pub async fn inspect(url: &str) -> Result<Vec<Finding>, QueueError> {
    let unavailable = |error: ::redis::RedisError| QueueError::Unavailable(error.to_string());
    let ask = async {
        // Also servers that are too old for the protocol we use must be able to say so.
        let client = client(url, ProtocolVersion::RESP2)?;
        let mut conn = client.get_multiplexed_async_connection().await?;
        let info: InfoDict = cmd("INFO").query_async(&mut conn).await?;
        let mut fastest = Duration::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            cmd("PING").exec_async(&mut conn).await?;
            fastest = fastest.min(start.elapsed());
        }
        Ok((info, fastest))
    };
    let (info, round_trip) = timeout(Duration::from_secs(5), ask)
        .await
        .map_err(|_| QueueError::Unavailable("no answer within 5 s".into()))?
        .map_err(unavailable)?;
    Ok(findings(|key| info.get(key), round_trip))
}

fn findings(info: impl Fn(&str) -> Option<String>, round_trip: Duration) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |code, fatal, text| found.push(Finding { code, fatal, text });
    let number = |key| info(key).and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);

    let valkey = info("valkey_version");
    let (name, oldest) = if valkey.is_some() {
        ("Valkey", (7, 2))
    } else {
        ("Redis", (7, 0))
    };
    let version = valkey.or_else(|| info("redis_version")).unwrap_or_default();
    if release(&version) < oldest {
        let (major, minor) = oldest;
        add(
            "version",
            true,
            format!("{name} is {version:?}; at least {major}.{minor} is needed"),
        );
    }
    let policy = info("maxmemory_policy").unwrap_or_else(|| "noeviction".into());
    if policy != "noeviction" {
        add(
            "eviction",
            false,
            format!(
                "maxmemory-policy is {policy}: waiting places may vanish until the next sweep; set noeviction"
            ),
        );
    }
    if info("role").is_some_and(|role| role != "master") {
        add(
            "replica",
            true,
            "the server is a replica and refuses writes; give the address of the primary".into(),
        );
    }
    let (used, most) = (number("used_memory"), number("maxmemory"));
    if most > 0 && used.saturating_mul(10) > most.saturating_mul(8) {
        add(
            "memory",
            false,
            format!(
                "{} of {} MiB are in use; raise maxmemory",
                used >> 20,
                most >> 20
            ),
        );
    }
    if number("cluster_enabled") == 1 {
        add(
            "cluster",
            true,
            "the server is part of a cluster; give a server without cluster mode".into(),
        );
    }
    if round_trip > Duration::from_millis(5) {
        let ms = round_trip.as_millis();
        add(
            "slow",
            false,
            format!(
                "a round trip takes {ms} ms at best; the server should stand beside the gateway"
            ),
        );
    }
    found
}

fn release(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(info: &[(&str, &str)]) -> Vec<(&'static str, bool)> {
        let get = |key: &str| {
            info.iter()
                .find(|(k, _)| *k == key)
                .map(|(_, v)| (*v).to_owned())
        };
        let found = findings(get, Duration::from_micros(80));
        found.iter().map(|f| (f.code, f.fatal)).collect()
    }

    #[test]
    fn each_defect_is_named_and_a_good_server_has_none() {
        let good = [
            ("redis_version", "7.0.15"),
            ("role", "master"),
            ("maxmemory", "0"),
        ];
        assert_eq!(codes(&good), []);
        assert_eq!(codes(&[("redis_version", "6.2.14")]), [("version", true)]);
        // Valkey reports a Redis version it is compatible with.
        let valkey = |v| [("redis_version", "7.2.4"), ("valkey_version", v)];
        assert_eq!(codes(&valkey("8.0.1")), []);
        assert_eq!(codes(&valkey("7.1.0")), [("version", true)]);
        let worn = [
            ("redis_version", "8.2.0"),
            ("maxmemory_policy", "allkeys-random"),
            ("role", "slave"),
            ("used_memory", "81"),
            ("maxmemory", "100"),
            ("cluster_enabled", "1"),
        ];
        let all = [
            ("eviction", false),
            ("replica", true),
            ("memory", false),
            ("cluster", true),
        ];
        assert_eq!(codes(&worn), all);
    }
}
