//! `kefu doctor`: what an operator should mend, or know. It makes nothing and writes nothing, and may be
//! asked while the gateway runs.

use std::{collections::HashMap, path::Path};

use kefu_domain::{
    ConnectionId,
    setup::{Connection, Entry},
};
use kefu_reception::{Clock, FIRST_MESSAGE, SystemClock};
use kefu_store::{Heard, sqlite::Look};
use rustix::{
    fs::{Access, access, statvfs},
    process::{Resource, getrlimit},
};

use super::{Common, say};
use crate::{app, config::Config};

/// Files that a gateway has open beside its connections: 4,096 sends at once among them.
const BESIDE: u64 = 5_000;
/// Bytes of free room below which a disk is full soon, and full.
const LITTLE: u64 = 2 << 30;
const NONE: u64 = 256 << 20;

/// What was found: all well so far?
struct Findings(bool);

impl Findings {
    fn check(&mut self, ok: bool, what: &str, text: impl std::fmt::Display) {
        say(format!(
            "{} {what}: {text}",
            if ok { "ok  " } else { "MEND" }
        ));
        self.0 &= ok;
    }

    /// Something to know, which may be meant.
    #[expect(clippy::unused_self, reason = "beside the other one")]
    fn note(&self, what: &str, text: impl std::fmt::Display) {
        say(format!("note {what}: {text}"));
    }
}

pub(super) async fn doctor(common: Common, verify: bool, connections: bool) -> anyhow::Result<()> {
    let config = common.read()?;
    let mut found = Findings(true);
    address(&config, &mut found);
    queue(&config, &mut found).await;
    machine(&config, &mut found);
    match Look::at(Path::new(&config.data)) {
        Ok(None) => found.note(
            "store",
            format!("none in {} yet: the first start makes it", config.data),
        ),
        Ok(Some(look)) => store(&config, look, verify, connections, &mut found).await?,
        Err(error) => found.check(false, "store", error),
    }
    anyhow::ensure!(found.0, "something has to be mended");
    Ok(())
}

/// How the gateway is reached, and whose word counts for from where.
fn address(config: &Config, found: &mut Findings) {
    let mut secure = false;
    match &config.public_url {
        Some(url) if url.starts_with("https://") => {
            secure = true;
            found.check(true, "public_url", url);
        }
        Some(url) => found.note(
            "public_url",
            format!("{url} (without TLS: cookies are only safe on loopback)"),
        ),
        None => found.note(
            "public_url",
            "not set: http://<listen> is assumed, which platforms outside cannot reach",
        ),
    }
    let proxies = &config.trusted_proxies;
    if let Some(all) = proxies.iter().find(|one| one.is_everybody()) {
        let text = format!("{all} believes everybody what address they say");
        found.check(false, "trusted_proxies", text);
    } else if secure && proxies.is_empty() {
        found.note(
            "trusted_proxies",
            "none: if a proxy ends TLS, name it, or everybody counts as one address",
        );
    } else {
        let names: Vec<_> = proxies.iter().map(ToString::to_string).collect();
        let text = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        found.check(true, "trusted_proxies", text);
    }
}

async fn queue(config: &Config, found: &mut Findings) {
    if config.queue == "local" {
        return found.check(true, "queue", "in the process");
    }
    match kefu_queue::redis::inspect(&config.queue).await {
        Ok(findings) if findings.is_empty() => {
            found.check(true, "queue", "Redis answers and is set up well");
        }
        Ok(findings) => {
            for finding in findings {
                found.check(!finding.fatal, "queue", finding.text);
            }
        }
        Err(error) => found.check(false, "queue", error),
    }
}

/// Open files and room on the disk.
fn machine(config: &Config, found: &mut Findings) {
    let wanted = config.limits.connections as u64 + BESIDE;
    let limit = getrlimit(Resource::Nofile).current;
    if limit.is_none_or(|limit| limit >= wanted) {
        found.check(true, "open files", "enough for limits.connections");
    } else {
        let limit = limit.unwrap_or_default();
        let text = format!(
            "{limit} here, and limits.connections = {} wants {wanted}: LimitNOFILE of the unit, or `ulimit -n`; else connections beyond are not accepted",
            config.limits.connections
        );
        found.note("open files", text);
    }
    let folder = Path::new(&config.data);
    let Some(there) = folder.ancestors().find(|one| one.exists()) else {
        // A relative path whose first part is not there lies here.
        return room(Path::new("."), found);
    };
    room(there, found);
}

fn room(folder: &Path, found: &mut Findings) {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    if let Err(error) = access(folder, Access::WRITE_OK) {
        let text = format!("{} cannot be written: {error}", folder.display());
        return found.check(false, "disk", text);
    }
    match statvfs(folder) {
        Ok(disk) => {
            let free = disk.f_bavail * disk.f_frsize;
            let text = format!("{} MiB free", free >> 20);
            if (NONE..LITTLE).contains(&free) {
                found.note("disk", text);
            } else {
                found.check(free >= NONE, "disk", text);
            }
        }
        Err(error) => found.check(false, "disk", error),
    }
}

async fn store(
    config: &Config,
    look: Look,
    verify: bool,
    connections: bool,
    found: &mut Findings,
) -> anyhow::Result<()> {
    let epoch = match look.epoch() {
        Ok(epoch) => epoch,
        Err(error) => {
            found.check(false, "store", error);
            return Ok(());
        }
    };
    found.check(true, "store", format!("{}, epoch {epoch}", config.data));
    if look.held {
        found.note("gateway", "it runs, and was only looked at");
    }
    found.check(true, "brands", look.brands()?.len());
    if look.old {
        found.note(
            "store",
            "of an earlier program: the next start brings it up to date",
        );
        return Ok(());
    }
    if connections {
        test_connections(config, &look, found).await?;
    }
    if verify {
        let verified = tokio::task::spawn_blocking(move || look.verify()).await?;
        match verified {
            Ok(count) => {
                let text = format!("{count} messages are as they were filed");
                found.check(true, "verify", text);
            }
            Err(error) => found.check(false, "verify", error),
        }
    }
    Ok(())
}

/// Every connection asks its platform, as *Test* in the console does, and says whether the platform
/// came by.
async fn test_connections(
    config: &Config,
    look: &Look,
    found: &mut Findings,
) -> anyhow::Result<()> {
    let channels = app::channels(config)?;
    let public_url = config.public_url.as_deref().unwrap_or_default();
    let public_url = public_url.trim_end_matches('/');
    for brand in look.brands()? {
        let rows = look.setup(brand)?;
        let heard: HashMap<ConnectionId, Heard> = look.heard(brand)?.into_iter().collect();
        for raw in rows.iter().filter(|raw| raw.kind == Connection::KIND) {
            let connection = kefu_store::read_row::<Connection>(raw)?.entry;
            let Some(channel) = channels.get(&connection.channel) else {
                continue;
            };
            let kind = channel.kind();
            let url = format!("{public_url}/callback/{kind}/{}", connection.id);
            let mut checks = channel.test(&connection, &url).await;
            let heard = heard.get(&connection.id).cloned().unwrap_or_default();
            checks.extend(kefu_reception::heard_checks(
                &heard,
                SystemClock::default().now(),
            ));
            for check in checks {
                let what = format!("{kind} {} {}", connection.name, check.key);
                let text = format!("{} ({})", check.text_zh, check.text_en);
                // That nobody wrote yet is for nobody to mend.
                match check.ok || check.key != FIRST_MESSAGE {
                    true => found.check(check.ok, &what, text),
                    false => found.note(&what, text),
                }
            }
        }
    }
    Ok(())
}
