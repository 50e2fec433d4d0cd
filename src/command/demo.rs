//! `kefu demo` and `kefu simulate`: everything on loopback, nothing real.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use axum::{
    Router,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use clap::Args;
use kefu_simulator::{AppSpec, CorpSpec, Handle, Simulator};

use super::{Common, demo_apps, demo_brand, say};
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

async fn start_simulator(listen: &str, apps: Vec<AppSpec>) -> anyhow::Result<Handle> {
    let listen: SocketAddr = listen.parse().context("the simulator's address")?;
    let config = kefu_simulator::Config {
        listen,
        apps,
        assets: Arc::new(|path| {
            kefu_web::asset(path).map(|asset| (asset.bytes.into_owned(), asset.content_type))
        }),
        ..kefu_simulator::Config::default()
    };
    Ok(Simulator::start(config).await?)
}

pub(super) async fn demo(demo: Demo) -> anyhow::Result<()> {
    let mut config = demo.common.read()?;
    // Everything here is on this machine, receivers of webhooks too.
    config.webhooks.private_addresses = true;
    let simulator = start_simulator(&demo.simulator, Vec::new()).await?;
    let tea_house = CorpSpec::demo();
    let corp = CorpSpec {
        accounts: tea_house.accounts,
        members: tea_house.members,
        groups: tea_house.groups,
        ..simulator.corp().context("the simulator has no corp")?
    };
    let site = tokio::net::TcpListener::bind(&demo.site)
        .await
        .with_context(|| format!("{} cannot be listened on", demo.site))?;
    let site_url = format!("http://{}", site.local_addr()?);
    let app = app::build(&config, true).await?;
    let gateway_url = format!("http://{}", app.addr);
    app.gateway.reception.rebuild().await?;
    let seed = demo_brand::Seed {
        corp: &corp,
        simulator: &simulator.base_url(),
        site: &site_url,
    };
    let brand = demo_brand::ensure(&app, &seed).await?;
    let entry_point = brand.website.to_string();
    let chat_url = format!("{gateway_url}/chat/{}", brand.kf_account);
    let connection = brand.connection;
    let apps = demo_apps::connect(&app, brand.id, &simulator).await?;
    let mut running = app.run().await?;
    // Callbacks arrive only now that someone answers them.
    simulator.set_up(CorpSpec {
        corpid: corp.corpid.clone(),
        callback_url: Some(format!("{gateway_url}/callback/wecom_kf/{connection}")),
        ..CorpSpec::default()
    })?;
    demo_apps::open(&apps, &simulator, &gateway_url)?;
    let config_js = format!(
        "window.KEFU_DEMO = {};",
        serde_json::json!({ "origin": gateway_url, "entry_point": entry_point, "chat_url": chat_url })
    );
    let pages = tokio::spawn(serve_site(site, config_js));
    say("");
    say(format!("Console     {gateway_url}/console/"));
    for (account, password) in &brand.logins {
        say(format!("              {account:<10} {password}"));
    }
    say(format!(
        "Demo site   {site_url}/          a brand's page with the widget"
    ));
    say(format!("Chat page   {chat_url}"));
    say(format!(
        "Phone       {}/phone            play a WeChat customer",
        simulator.base_url()
    ));
    say(format!("API         {gateway_url}/docs"));
    say("");
    say(format!("listening on {gateway_url}"));
    let ended = running.until_told().await;
    pages.abort();
    simulator.shutdown().await;
    running.drain().await;
    ended
}

pub(super) async fn simulate(listen: &str) -> anyhow::Result<()> {
    crate::logs::start("info", false);
    let simulator = start_simulator(listen, AppSpec::demo()).await?;
    say(format!(
        "phone page on {}/phone, control API on {}/sim",
        simulator.base_url(),
        simulator.base_url()
    ));
    tokio::signal::ctrl_c().await?;
    simulator.shutdown().await;
    Ok(())
}

/// The demo brand's site: static files of another origin than the gateway's.
async fn serve_site(listener: tokio::net::TcpListener, config_js: String) -> std::io::Result<()> {
    let config: &'static str = config_js.leak();
    let script = move || async move {
        (
            [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
            config,
        )
    };
    let router = Router::new()
        .route("/demo-config.js", get(script))
        .fallback(site_file);
    axum::serve(listener, router).await
}

async fn site_file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let path = path.strip_prefix("demo/").unwrap_or(path);
    match kefu_web::asset(&format!("demo/{path}")) {
        Some(asset) => (
            [(header::CONTENT_TYPE, asset.content_type)],
            asset.bytes.into_owned(),
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
