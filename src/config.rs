//! Configuration: one file, or environment variables, or both; the environment wins.

use std::{path::Path, time::Duration};

use anyhow::Context;
use kefu_channels::wecom_kf::Pace;
use kefu_gateway::{Network, UploadTypes};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Everything that can be set. Unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Address to listen on. `KEFU_LISTEN`.
    pub(crate) listen: String,
    /// Folder of the store and the files. `KEFU_DATA`.
    pub(crate) data: String,
    /// Where browsers and platforms reach this gateway. `KEFU_PUBLIC_URL`.
    pub(crate) public_url: Option<String>,
    /// `local`, or a `redis://` address. `KEFU_QUEUE`.
    pub(crate) queue: String,
    /// More origins for the console. `KEFU_CONSOLE_ORIGINS`, parted by commas.
    pub(crate) console_origins: Vec<String>,
    /// Proxies, or networks of them, whose X-Forwarded-For is believed. `KEFU_TRUSTED_PROXIES`, parted by commas.
    pub(crate) trusted_proxies: Vec<Network>,
    /// Opens `/metrics` to other machines, as a bearer token. `KEFU_METRICS_TOKEN`.
    pub(crate) metrics_token: Option<String>,
    /// Like `info,kefu_store=debug`. `KEFU_LOG`.
    pub(crate) log: String,
    /// Log lines as JSON. `KEFU_LOG_JSON`.
    pub(crate) log_json: bool,
    /// Bounds. `KEFU_LIMITS_` and the key in capitals.
    pub(crate) limits: LimitsConfig,
    /// Files of visitors.
    pub(crate) uploads: UploadsConfig,
    /// Brands' own systems.
    pub(crate) webhooks: WebhooksConfig,
    /// How much WeCom takes. `KEFU_WECOM_` and the key in capitals.
    pub(crate) wecom: WecomConfig,
}

/// Which files visitors may send; others are refused with `unsupported_type`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UploadsConfig {
    /// `*/*`, `image/*`, `application/pdf`, or `.docx`. `KEFU_UPLOADS_TYPES`, parted by commas.
    pub(crate) types: Vec<String>,
    /// Programs, packages and scripts too. `KEFU_UPLOADS_PROGRAMS`.
    pub(crate) programs: bool,
}

impl Default for UploadsConfig {
    fn default() -> Self {
        let UploadTypes { types, programs } = UploadTypes::default();
        Self { types, programs }
    }
}

impl UploadsConfig {
    pub(crate) fn types(&self) -> UploadTypes {
        UploadTypes {
            types: self.types.clone(),
            programs: self.programs,
        }
    }
}

/// What brands' administrators may have called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WebhooksConfig {
    /// Loopback and private ranges, and `http`, for webhooks and connections. `KEFU_WEBHOOKS_PRIVATE`.
    pub(crate) private_addresses: bool,
}

impl WebhooksConfig {
    pub(crate) fn policy(&self) -> kefu_notify::Policy {
        kefu_notify::Policy {
            private_addresses: self.private_addresses,
        }
    }
}

/// Calls that WeCom takes of one API; for those who were granted more than the published limits, or
/// send from several addresses. A little less than the limit leaves room for others who share the app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WecomConfig {
    /// Of one corp, in any minute.
    pub(crate) per_minute: u32,
    /// Of one corp, in any hour.
    pub(crate) per_hour: u32,
    /// Of all corps, in any minute.
    pub(crate) address_per_minute: u32,
    /// Of all corps, in any hour.
    pub(crate) address_per_hour: u32,
}

impl Default for WecomConfig {
    fn default() -> Self {
        let pace = Pace::default();
        Self {
            per_minute: pace.per_minute,
            per_hour: pace.per_hour,
            address_per_minute: pace.address_per_minute,
            address_per_hour: pace.address_per_hour,
        }
    }
}

impl WecomConfig {
    pub(crate) fn pace(&self) -> Pace {
        Pace {
            per_minute: self.per_minute,
            per_hour: self.per_hour,
            address_per_minute: self.address_per_minute,
            address_per_hour: self.address_per_hour,
            ..Pace::default()
        }
    }
}

/// Bounds at the door; what is reached is answered 503 or 429, or closes the oldest socket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsConfig {
    /// Messages on their way to the disk at once.
    pub(crate) in_flight: usize,
    /// HTTP requests at once, until their answers are taken.
    pub(crate) requests: usize,
    /// HTTP requests from one address.
    pub(crate) requests_per_address: usize,
    /// Files on their way out at once.
    pub(crate) downloads: usize,
    /// Files on their way out to one address.
    pub(crate) downloads_per_address: usize,
    /// Sockets and polls that wait, in all.
    pub(crate) sockets: usize,
    /// Sockets and polls from one address.
    pub(crate) sockets_per_address: usize,
    /// Sockets of one visitor.
    pub(crate) sockets_per_visitor: usize,
    /// Sockets of one agent.
    pub(crate) sockets_per_agent: usize,
    /// New visitors per minute from one address.
    pub(crate) opens_per_minute: u32,
    /// Messages of one customer in ten seconds.
    pub(crate) messages_per_10_s: u32,
    /// MiB of files that one visitor uploads in an hour.
    pub(crate) upload_mib_per_visitor_hour: u32,
    /// MiB of files that all visitors of a brand upload in a day.
    pub(crate) upload_mib_per_brand_day: u32,
    /// TCP connections.
    pub(crate) connections: usize,
    /// Seconds for a request's headers, and for the next request of a connection.
    pub(crate) headers_s: u32,
    /// Seconds for a body to begin; every 4 KiB of it buy another.
    pub(crate) body_s: u32,
    /// Seconds for a client to take any byte of its answer.
    pub(crate) answer_s: u32,
    /// Seconds without a sign of life on a socket.
    pub(crate) silence_s: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let limits = kefu_gateway::Limits::default();
        Self {
            in_flight: limits.in_flight,
            requests: limits.requests,
            requests_per_address: limits.requests_per_address,
            downloads: limits.downloads,
            downloads_per_address: limits.downloads_per_address,
            sockets: limits.sockets,
            sockets_per_address: limits.sockets_per_address,
            sockets_per_visitor: limits.sockets_per_visitor,
            sockets_per_agent: limits.sockets_per_agent,
            opens_per_minute: limits.opens_per_minute,
            messages_per_10_s: limits.messages_per_10_s,
            upload_mib_per_visitor_hour: whole(limits.upload_bytes_per_visitor_hour >> 20),
            upload_mib_per_brand_day: whole(limits.upload_bytes_per_brand_day >> 20),
            connections: limits.connections,
            headers_s: whole(limits.patience.headers.as_secs()),
            body_s: whole(limits.patience.body.as_secs()),
            answer_s: whole(limits.patience.answer.as_secs()),
            silence_s: whole(limits.patience.silence.as_secs()),
        }
    }
}

fn seconds(number: u32) -> Duration {
    Duration::from_secs(u64::from(number.max(1)))
}

fn whole(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl LimitsConfig {
    pub(crate) fn limits(&self) -> kefu_gateway::Limits {
        kefu_gateway::Limits {
            in_flight: self.in_flight,
            requests: self.requests,
            requests_per_address: self.requests_per_address,
            downloads: self.downloads,
            downloads_per_address: self.downloads_per_address,
            sockets: self.sockets,
            sockets_per_address: self.sockets_per_address,
            sockets_per_visitor: self.sockets_per_visitor,
            sockets_per_agent: self.sockets_per_agent,
            opens_per_minute: self.opens_per_minute,
            messages_per_10_s: self.messages_per_10_s,
            upload_bytes_per_visitor_hour: u64::from(self.upload_mib_per_visitor_hour) << 20,
            upload_bytes_per_brand_day: u64::from(self.upload_mib_per_brand_day) << 20,
            connections: self.connections,
            patience: kefu_gateway::Patience {
                headers: seconds(self.headers_s),
                body: seconds(self.body_s),
                answer: seconds(self.answer_s),
                silence: seconds(self.silence_s),
            },
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            data: "data".to_owned(),
            public_url: None,
            queue: "local".to_owned(),
            console_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            metrics_token: None,
            log: "info".to_owned(),
            log_json: false,
            limits: LimitsConfig::default(),
            uploads: UploadsConfig::default(),
            webhooks: WebhooksConfig::default(),
            wecom: WecomConfig::default(),
        }
    }
}

impl Config {
    /// Reads a file, if one is named, and then what `variable` answers for each name.
    pub(crate) fn read(
        file: Option<&Path>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let mut config = match file {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("{} cannot be read", path.display()))?;
                Self::parse(&text)
                    .with_context(|| format!("{} is not a configuration", path.display()))?
            }
            None => Self::default(),
        };
        let list = |text: String| {
            text.split(',')
                .map(|one| one.trim().to_owned())
                .filter(|one| !one.is_empty())
                .collect::<Vec<_>>()
        };
        let set = |slot: &mut String, name: &str| {
            if let Some(value) = variable(name) {
                *slot = value;
            }
        };
        set(&mut config.listen, "KEFU_LISTEN");
        set(&mut config.data, "KEFU_DATA");
        set(&mut config.queue, "KEFU_QUEUE");
        set(&mut config.log, "KEFU_LOG");
        if let Some(url) = variable("KEFU_PUBLIC_URL") {
            config.public_url = Some(url);
        }
        if let Some(text) = variable("KEFU_CONSOLE_ORIGINS") {
            config.console_origins = list(text);
        }
        if let Some(text) = variable("KEFU_TRUSTED_PROXIES") {
            let parsed: Result<Vec<Network>, _> =
                list(text).iter().map(|one| one.parse()).collect();
            config.trusted_proxies =
                parsed.context("KEFU_TRUSTED_PROXIES: not a list of addresses and networks")?;
        }
        if let Some(text) = variable("KEFU_UPLOADS_TYPES") {
            config.uploads.types = list(text);
        }
        if let Some(token) = variable("KEFU_METRICS_TOKEN") {
            config.metrics_token = Some(token);
        }
        config.metrics_token = config.metrics_token.filter(|token| !token.is_empty());
        let yes = |slot: &mut bool, name: &str| {
            match variable(name).as_deref() {
                None | Some("") => (),
                Some("1" | "true" | "yes") => *slot = true,
                Some("0" | "false" | "no") => *slot = false,
                Some(_) => anyhow::bail!("{name}: neither true nor false"),
            }
            Ok(())
        };
        yes(&mut config.log_json, "KEFU_LOG_JSON")?;
        yes(&mut config.uploads.programs, "KEFU_UPLOADS_PROGRAMS")?;
        yes(
            &mut config.webhooks.private_addresses,
            "KEFU_WEBHOOKS_PRIVATE",
        )?;
        numbers(&mut config.limits, "KEFU_LIMITS_", &variable)?;
        numbers(&mut config.wecom, "KEFU_WECOM_", &variable)?;
        Ok(config)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(toml::from_str(text)?)
    }
}

/// Reads a section's numbers from the environment, by the names of its keys.
fn numbers<T: Serialize + DeserializeOwned>(
    section: &mut T,
    prefix: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<()> {
    let mut table = toml::Table::try_from(&*section)?;
    for (key, value) in &mut table {
        let name = format!("{prefix}{}", key.to_uppercase());
        if let Some(text) = variable(&name).filter(|text| !text.is_empty()) {
            let number: u32 = text
                .parse()
                .with_context(|| format!("{name}: not a number"))?;
            *value = number.into();
        }
    }
    *section = table.try_into()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_configuration_and_says_the_defaults() {
        let text = include_str!("../deploy/kefu.toml");
        let sample = Config::parse(text).unwrap();
        // What depends on the machine is an example.
        let default = Config {
            data: "/var/lib/kefu".to_owned(),
            public_url: Some("https://kefu.example.com".to_owned()),
            trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
            metrics_token: Some(String::new()),
            log_json: true,
            ..Config::default()
        };
        assert_eq!(sample, default);
        // And no key is left out of it.
        let written: toml::Table = text.parse().unwrap();
        assert_eq!(written, toml::Table::try_from(&sample).unwrap());
        // And the defaults of the doors are the defaults of the file.
        let (ours, doors) = (default.limits.limits(), kefu_gateway::Limits::default());
        assert_eq!(format!("{ours:?}"), format!("{doors:?}"));
    }

    #[test]
    fn a_wrong_key_is_refused() {
        let error = Config::parse("lisen = \"127.0.0.1:1\"").unwrap_err();
        assert!(error.to_string().contains("lisen"), "{error}");
    }

    #[test]
    fn a_switch_is_on_or_off_and_nothing_else() {
        let read = |text: &str| {
            let text = text.to_owned();
            Config::read(None, move |name| {
                (name == "KEFU_LOG_JSON").then(|| text.clone())
            })
        };
        for (text, on) in [
            ("1", true),
            ("true", true),
            ("yes", true),
            ("0", false),
            ("", false),
        ] {
            assert_eq!(read(text).unwrap().log_json, on, "{text}");
        }
        let error = read("on").unwrap_err();
        assert!(error.to_string().contains("KEFU_LOG_JSON"), "{error}");
    }

    #[test]
    fn the_environment_wins() {
        let config = Config::read(None, |name| {
            (name == "KEFU_QUEUE").then(|| "redis://127.0.0.1/".to_owned())
        })
        .unwrap();
        assert_eq!(config.queue, "redis://127.0.0.1/");
    }

    #[test]
    fn every_bound_can_be_set_in_the_environment() {
        let config = Config::read(None, |name| {
            let numbers = name.starts_with("KEFU_LIMITS_") || name.starts_with("KEFU_WECOM_");
            numbers.then(|| "7".to_owned())
        })
        .unwrap();
        let table = toml::Table::try_from(&config).unwrap();
        for section in ["limits", "wecom"] {
            for (key, value) in table[section].as_table().unwrap() {
                assert_eq!(value.as_integer(), Some(7), "{key}");
            }
        }
        for wrong in ["-1", "many", "5.5"] {
            let error = Config::read(None, |name| {
                (name == "KEFU_LIMITS_SOCKETS").then(|| wrong.to_owned())
            });
            let error = format!("{:#}", error.unwrap_err());
            assert!(error.contains("KEFU_LIMITS_SOCKETS"), "{error}");
        }
    }
}
