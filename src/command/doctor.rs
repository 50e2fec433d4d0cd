//! `kefu doctor`, `kefu backup`, `kefu restore`.

use std::{path::Path, sync::Arc};

use kefu_domain::setup::{Connection, Entry};
use kefu_reception::Feed;
use kefu_store::{MaintenanceStore, SetupStore, sqlite::Sqlite};

use super::{Common, say};
use crate::app;

fn line(ok: bool, what: &str, text: impl std::fmt::Display) -> bool {
    say(format!(
        "{} {what}: {text}",
        if ok { "ok  " } else { "MEND" }
    ));
    ok
}

pub(super) async fn doctor(common: Common, verify: bool, connections: bool) -> anyhow::Result<()> {
    let config = common.read()?;
    let mut well = true;
    match &config.public_url {
        Some(url) if url.starts_with("https://") => line(true, "public_url", url),
        Some(url) => line(
            true,
            "public_url",
            format!("{url} (without TLS: cookies are only safe on loopback)"),
        ),
        None => line(
            true,
            "public_url",
            "not set: http://<listen> is assumed, which platforms outside cannot reach",
        ),
    };
    if config.queue == "local" {
        line(true, "queue", "in the process");
    } else {
        match kefu_queue::redis::inspect(&config.queue).await {
            Ok(findings) if findings.is_empty() => {
                line(true, "queue", "Redis answers and is set up well");
            }
            Ok(findings) => {
                for finding in findings {
                    well &= line(!finding.fatal, "queue", finding.text);
                }
            }
            Err(error) => well &= line(false, "queue", error),
        }
    }
    match app::open_store(Path::new(&config.data), Arc::new(Feed::default())) {
        Ok(store) => {
            well &= line(
                store.ready().await.is_ok(),
                "store",
                format!("{} can be written, epoch {}", config.data, store.epoch()),
            );
            line(true, "brands", store.brands().await?.len());
            if connections {
                let url = config.public_url.as_deref().unwrap_or_default();
                well &= test_connections(&store, url.trim_end_matches('/')).await?;
            }
            if verify {
                match store.verify().await {
                    Ok(count) => line(
                        true,
                        "verify",
                        format!("{count} messages are as they were filed"),
                    ),
                    Err(error) => {
                        well = false;
                        line(false, "verify", error)
                    }
                };
            }
            store.close().await;
        }
        Err(error) => well &= line(false, "store", format!("{error:#}")),
    }
    if well {
        Ok(())
    } else {
        anyhow::bail!("something has to be mended")
    }
}

/// Every connection asks its platform, as *Test* in the console does; whether the platform comes by
/// is only seen by a gateway that runs.
async fn test_connections(store: &Sqlite, public_url: &str) -> anyhow::Result<bool> {
    let channels = app::channels()?;
    let mut well = true;
    for brand in store.brands().await? {
        let rows = store.setup(brand).await?;
        for raw in rows.iter().filter(|raw| raw.kind == Connection::KIND) {
            let connection = kefu_store::read_row::<Connection>(raw)?.entry;
            let Some(channel) = channels.get(&connection.channel) else {
                continue;
            };
            let kind = channel.kind();
            let url = format!("{public_url}/callback/{kind}/{}", connection.id);
            for check in channel.test(&connection, &url).await {
                let what = format!("{kind} {} {}", connection.name, check.key);
                well &= line(
                    check.ok,
                    &what,
                    format!("{} ({})", check.text_zh, check.text_en),
                );
            }
        }
    }
    Ok(well)
}

pub(super) async fn backup(common: Common, to: &Path) -> anyhow::Result<()> {
    let config = common.read()?;
    std::fs::create_dir_all(to)?;
    anyhow::ensure!(
        std::fs::read_dir(to)?.next().is_none(),
        "{} is not empty",
        to.display()
    );
    let data = Path::new(&config.data);
    // The store first: a message in the copy then finds its file, which was there before it.
    kefu_store::sqlite::copy_of(data, to)?;
    copy_folder(&data.join("media"), &to.join("media"))?;
    say(format!("copied {} to {}", data.display(), to.display()));
    Ok(())
}

pub(super) async fn restore(from: &Path, data: &Path) -> anyhow::Result<()> {
    let now = kefu_reception::Clock::now(&kefu_reception::SystemClock::default());
    let epoch = kefu_store::sqlite::restore(from, data, now, rand::random())?;
    copy_folder(&from.join("media"), &data.join("media"))?;
    say(format!("restored into {}, epoch {epoch}", data.display()));
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
