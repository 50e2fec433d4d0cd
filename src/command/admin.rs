//! `kefu admin`: what must work without signing in. The gateway must not run on the same folder.

use anyhow::Context;
use clap::{Args, Subcommand};
use kefu_domain::setup::Role;
use kefu_gateway::auth;

use super::{Common, say};
use crate::app;

/// First user, password resets.
#[derive(Debug, Args)]
pub(crate) struct Admin {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Gives an account a new generated password.
    ResetPassword {
        /// Sign-in name.
        account: String,
        /// The brand's short name; needed if there are several.
        #[arg(long)]
        brand: Option<String>,
    },
    /// Adds an administrator.
    Add {
        /// Sign-in name.
        account: String,
        /// The brand's short name; needed if there are several.
        #[arg(long)]
        brand: Option<String>,
    },
}

pub(super) async fn admin(admin: Admin) -> anyhow::Result<()> {
    let mut config = admin.common.read()?;
    config.listen = "127.0.0.1:0".to_owned();
    config.queue = "local".to_owned();
    let app = app::build(&config, false).await?;
    app.gateway.reception.rebuild().await?;
    let all = app.gateway.reception.directory().all();
    let wanted = match &admin.verb {
        Verb::ResetPassword { brand, .. } | Verb::Add { brand, .. } => brand.as_deref(),
    };
    let brand = match (wanted, all.as_slice()) {
        (None, [one]) => one.brand.entry.id,
        (Some(slug), _) => {
            all.iter()
                .find(|setup| setup.brand.entry.slug == slug)
                .context("no brand of that name")?
                .brand
                .entry
                .id
        }
        (None, []) => anyhow::bail!("there is no brand yet: start `kefu serve` once"),
        (None, _) => anyhow::bail!("there are several brands: name one with --brand"),
    };
    let (account, password) = match admin.verb {
        Verb::ResetPassword { account, .. } => {
            let agent = app.gateway.reception.agent_by_account(brand, &account)?;
            let password = auth::new_password();
            app.store
                .set_password(brand, agent.id, auth::hash_password(&password)?, true)
                .await?;
            app.store.sign_out_everywhere(brand, agent.id).await?;
            (account, password)
        }
        Verb::Add { account, .. } => {
            let password = app
                .add_agent(brand, &account, &account, Role::Administrator, None)
                .await?;
            (account, password)
        }
    };
    say(format!("account={account} password={password}"));
    app.store.close().await;
    Ok(())
}
