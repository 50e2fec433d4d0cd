#![doc = include_str!("../README.md")]

use std::sync::Arc;

use kefu_reception::{Feed, Reception};

pub mod agent;
pub mod api;
pub mod auth;
mod callbacks;
pub mod card;
mod files;
mod frames;
mod handoff_page;
mod hub;
mod lanes;
mod lately;
mod limits;
mod mailbox;
pub mod measured;
mod mentions;
mod ops;
mod paced;
mod pages;
mod pieces;
mod places;
pub mod problem;
mod proxies;
mod replay;
mod serve;
mod uploads;
pub mod view;
mod visitor;
mod walls;
mod wire;

pub use limits::{Limits, Patience};
pub use proxies::{Network, NoNetwork};
pub use serve::{Server, serve};
pub use uploads::UploadTypes;

/// How the gateway is run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it is reached from outside, without a slash at the end.
    pub public_url: String,
    /// More origins from which the console may be used, beside the public URL's.
    pub console_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Bounds.
    pub limits: Limits,
    /// Which files visitors may send.
    pub uploads: UploadTypes,
    /// Shown with demo hints.
    pub demo: bool,
    /// Told to clients and operators.
    pub version: &'static str,
    /// Opens `/metrics` to other machines, as a bearer token.
    pub metrics_token: Option<String>,
}

/// Everything the doors share.
pub struct Gateway {
    /// The verbs.
    pub reception: Arc<Reception>,
    /// How it is run.
    pub settings: Settings,
    pub(crate) hub: Arc<hub::Hub>,
    pub(crate) shed: limits::Shed,
    pub(crate) uploads: uploads::Uploads,
    pub(crate) walls: walls::Walls,
    pub(crate) access: auth::Access,
    pub(crate) readiness: ops::Readiness,
    pub(crate) metrics: metrics_exporter_prometheus::PrometheusHandle,
    pub(crate) draining: tokio::sync::watch::Sender<bool>,
}

impl Gateway {
    /// Puts the doors before a reception; they hear its feed from now on.
    #[must_use]
    pub fn new(
        reception: Arc<Reception>,
        feed: &Feed,
        settings: Settings,
        metrics: metrics_exporter_prometheus::PrometheusHandle,
    ) -> Arc<Self> {
        measured::describe();
        let hub = Arc::new(hub::Hub::default());
        feed.listen(Arc::clone(&hub) as Arc<dyn kefu_store::ChangeSink>);
        reception.attend(Arc::clone(&hub) as Arc<dyn kefu_reception::Attendance>);
        Arc::new(Self {
            shed: limits::Shed::new(&settings.limits),
            uploads: uploads::Uploads::default(),
            walls: walls::Walls::default(),
            access: auth::Access::default(),
            readiness: ops::Readiness::default(),
            draining: tokio::sync::watch::Sender::new(false),
            reception,
            settings,
            hub,
            metrics,
        })
    }

    /// The routes of all doors.
    pub fn router(self: &Arc<Self>) -> axum::Router {
        axum::Router::new()
            .merge(visitor::routes())
            .merge(agent::routes())
            .merge(api::routes())
            .merge(callbacks::routes())
            .merge(ops::routes())
            .merge(pages::routes())
            .fallback(problem::no_such_page)
            .method_not_allowed_fallback(problem::no_such_method)
            .layer(axum::middleware::from_fn_with_state(
                Arc::clone(self),
                limits::admit,
            ))
            .layer(axum::middleware::from_fn_with_state(
                Arc::clone(self),
                visitor::cors::layer,
            ))
            .with_state(Arc::clone(self))
    }
}
