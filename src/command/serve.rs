//! `kefu serve`.

use super::{Common, say};
use crate::app;

pub(super) async fn serve(common: Common) -> anyhow::Result<()> {
    let config = common.read()?;
    let app = app::build(&config, false).await?;
    if let Some(first) = app.first_start("default", "我的品牌").await? {
        say(format!(
            "administrator account={} password={}",
            first.account, first.password
        ));
        say(format!(
            "kept in {}/first-admin until you remove it",
            config.data
        ));
        tracing::info!(brand.id = %first.brand, "the first brand was made");
    }
    let addr = app.addr;
    let mut running = app.run().await?;
    // One line for people and for programs that started us with port 0.
    say(format!("listening on http://{addr}"));
    let ended = running.until_told().await;
    running.drain().await;
    ended
}
