//! `kefu demo` and `kefu simulate`: everything on loopback, nothing real.

use clap::Args;

use super::{Common, say};
use crate::app;

/// Run gateway, simulator, demo brand and demo site on loopback.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    common: Common,
    /// Where the simulator and its phone page listen.
    #[arg(long, default_value = "127.0.0.1:9090")]
    simulator: String,
    /// Where the demo site listens.
    #[arg(long, default_value = "127.0.0.1:8090")]
    site: String,
}

pub(super) async fn demo(demo: Demo) -> anyhow::Result<()> {
    let config = demo.common.read()?;
    let app = app::build(&config, true).await?;
    let _ = (&demo.simulator, &demo.site, app);
    say("the demo follows");
    Ok(())
}

pub(super) async fn simulate(listen: &str) -> anyhow::Result<()> {
    let _ = listen;
    Ok(())
}
