//! `kefu backup`, `kefu restore`.

use std::path::Path;

use anyhow::Context;

use super::{Common, say};

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
    let epoch =
        kefu_store::sqlite::restore(from, data, now, rand::random()).with_context(|| {
            let (from, data) = (from.display(), data.display());
            format!("no backup in {from} can be put into {data}")
        })?;
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
