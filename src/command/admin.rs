//! `kefu admin`: what must work without signing in. The gateway must not run on the same folder.

use std::path::Path;

use anyhow::Context;
use clap::{Args, Subcommand};
use kefu_domain::setup::Role;
use kefu_gateway::auth;
use kefu_reception::{Clock, SystemClock};
use kefu_store::sqlite;

use super::{Common, say};
use crate::{
    app::{self, App},
    config::Config,
};

/// First user, password resets, another life.
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
    ResetPassword(Account),
    /// Adds an administrator.
    Add(Account),
    /// Adds a brand with an administrator. Brands of one gateway share nothing but its addresses.
    AddBrand {
        /// Its short name, which its people give when they sign in: a-z, 0-9 and -.
        slug: String,
        /// Its name; the short one if not given.
        #[arg(long)]
        name: Option<String>,
    },
    /// After the folder's files were put back from elsewhere, a snapshot of the disk say: clients
    /// load afresh, because they may have seen what is not in it. `kefu restore` does so by itself.
    NewLife,
}

/// Who is meant.
#[derive(Debug, Args)]
struct Account {
    /// Sign-in name.
    account: String,
    /// The brand's short name; needed if there are several.
    #[arg(long)]
    brand: Option<String>,
}

pub(super) async fn admin(admin: Admin) -> anyhow::Result<()> {
    let config = admin.common.read()?;
    match admin.verb {
        Verb::ResetPassword(account) => set_password(config, account, false).await,
        Verb::Add(account) => set_password(config, account, true).await,
        Verb::AddBrand { slug, name } => {
            let name = name.unwrap_or_else(|| slug.clone());
            add_brand(config, &slug, &name).await
        }
        Verb::NewLife => {
            let now = SystemClock::default().now();
            let epoch = sqlite::new_life(Path::new(&config.data), now, rand::random())?;
            say(format!("clients load afresh, epoch {epoch}"));
            Ok(())
        }
    }
}

/// The folder's brands, heard by nobody.
async fn opened(mut config: Config) -> anyhow::Result<App> {
    config.listen = "127.0.0.1:0".to_owned();
    config.queue = "local".to_owned();
    let app = app::build(&config, false).await?;
    app.gateway.reception.rebuild().await?;
    Ok(app)
}

/// Makes a brand and its administrator.
async fn add_brand(config: Config, slug: &str, name: &str) -> anyhow::Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    anyhow::ensure!(
        (1..=32).contains(&slug.len()) && slug.chars().all(plain),
        "a brand's short name has 1 to 32 of a-z, 0-9 and -"
    );
    let app = opened(config).await?;
    let all = app.gateway.reception.directory().all();
    anyhow::ensure!(
        all.iter().all(|setup| setup.brand.entry.slug != slug),
        "there is a brand {slug}: `kefu admin add ACCOUNT --brand {slug}` makes it an administrator"
    );
    let brand = app.make_brand(slug, name).await?;
    let admin = app.add_agent(brand, "admin", "管理员", Role::Administrator, None);
    let password = admin.await?;
    say(format!("brand={slug} account=admin password={password}"));
    app.store.close().await;
    Ok(())
}

/// Gives an account a new password, one that is made for it if it is `new`.
async fn set_password(config: Config, of: Account, new: bool) -> anyhow::Result<()> {
    let app = opened(config).await?;
    let all = app.gateway.reception.directory().all();
    let brand = match (of.brand.as_deref(), all.as_slice()) {
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
    let account = of.account;
    let password = if new {
        app.add_agent(brand, &account, &account, Role::Administrator, None)
            .await?
    } else {
        let agent = app.gateway.reception.agent_by_account(brand, &account)?;
        let password = auth::new_password();
        app.store
            .set_password(brand, agent.id, auth::hash_password(&password)?, true)
            .await?;
        app.store.sign_out_everywhere(brand, agent.id).await?;
        password
    };
    say(format!("account={account} password={password}"));
    app.store.close().await;
    Ok(())
}
