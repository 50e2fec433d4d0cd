//! Composition: the only file that names backends together.
//!
//! Four steps: read the configuration (elsewhere), build (here, nothing runs yet), run, drain.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use kefu_channels::{Channels, Guard, Ledger, Surroundings};
use kefu_domain::{
    AgentId, BrandId,
    setup::{Agent, Brand, Entry, Role},
};
use kefu_gateway::{Gateway, Server, Settings, auth};
use kefu_media::{Media, Workers};
use kefu_notify::Notifier;
use kefu_queue::{Bus, Local, Presence, Redis, WaitingQueue};
use kefu_reception::{Clock, Feed, Parts, Reception, SystemClock};
use kefu_store::{
    Store, read_row,
    sqlite::{Options, Sqlite},
};
use metrics_exporter_prometheus::Matcher;
use tokio::{net::TcpListener, task::JoinSet};

use crate::config::Config;

/// A gateway that is put together; [`App::run`] starts it.
pub(crate) struct App {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) store: Arc<dyn Store>,
    listener: TcpListener,
    pub(crate) addr: SocketAddr,
    data: PathBuf,
}

/// A gateway that runs.
pub(crate) struct Running {
    server: Server,
    tasks: JoinSet<()>,
    store: Arc<dyn Store>,
}

/// All channels at the configured pace, speaking with the platforms' own addresses, or with those that
/// connections name if they may be called. Opens no connection.
pub(crate) fn channels(config: &Config) -> anyhow::Result<Channels> {
    settled(config, None)
}

fn settled(config: &Config, ledger: Option<Arc<Ledger>>) -> anyhow::Result<Channels> {
    let clock = Arc::new(std::time::Instant::now);
    let wechat = kefu_wechat::client::Client::new(Default::default(), clock)?;
    let policy = config.webhooks.policy();
    let here = Surroundings {
        ledger,
        guard: Some(Guard::new(move |ip| policy.check_ip(ip).is_ok())),
    };
    Ok(Channels::all_at(wechat, config.wecom.pace()).settled_in(&here))
}

/// Calls of the last day, which count at the platforms; a gateway without that memory works, too.
fn ledger(data: &Path, clock: &Arc<dyn Clock>) -> Option<Arc<Ledger>> {
    let clock = Arc::clone(clock);
    let opened = Ledger::open(&data.join("calls"), Arc::new(move || clock.now()));
    if let Err(error) = &opened {
        tracing::warn!(%error, "calls before this start are not known; limits of platforms may be passed");
    }
    opened.ok().map(Arc::new)
}

/// The store of a data folder, without the rest: for commands.
pub(crate) fn open_store(
    data: &Path,
    feed: Arc<dyn kefu_store::ChangeSink>,
) -> anyhow::Result<Sqlite> {
    private_folder(data)?;
    let now = SystemClock::default().now();
    let options = Options {
        sink: feed,
        on_fatal: Box::new(|error| {
            tracing::error!(error, "the disk failed: nothing more is accepted");
            std::process::exit(70);
        }),
        now,
        seed: rand::random(),
    };
    Sqlite::open(data, options)
        .with_context(|| format!("the store in {} cannot be used", data.display()))
}

/// Makes a folder that only its owner can look into.
fn private_folder(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("{} cannot be made", path.display()))
}

/// Workers are this very program.
fn workers() -> Workers {
    match std::env::current_exe() {
        Ok(program) => Workers::of(program, &["worker"]),
        Err(error) => {
            tracing::warn!(%error, "pictures are not made smaller, and voices not playable");
            Workers::default()
        }
    }
}

async fn backends(
    queue: &str,
) -> anyhow::Result<(Arc<dyn WaitingQueue>, Arc<dyn Bus>, Arc<dyn Presence>)> {
    if queue == "local" {
        let local = Arc::new(Local::new());
        return Ok((Arc::clone(&local) as _, Arc::clone(&local) as _, local));
    }
    let node = format!("{:016x}", rand::random::<u64>());
    let redis = Redis::connect(queue, &node)
        .await
        .context("queue: neither `local` nor a usable redis:// address")?;
    let redis = Arc::new(redis);
    Ok((Arc::clone(&redis) as _, Arc::clone(&redis) as _, redis))
}

/// Buckets in seconds, from a commit on a fast disk to an hour in the queue.
const BUCKETS: [f64; 15] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0,
];

/// The recorder of metrics, whose histograms can be added up over nodes.
fn metrics() -> anyhow::Result<metrics_exporter_prometheus::PrometheusHandle> {
    let builder = || {
        metrics_exporter_prometheus::PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
    };
    // A second gateway in one process, as tests have it, keeps its own.
    Ok(match builder()?.install_recorder() {
        Ok(handle) => handle,
        Err(_) => builder()?.build_recorder().handle(),
    })
}

/// Puts everything together.
pub(crate) async fn build(config: &Config, demo: bool) -> anyhow::Result<App> {
    let data = PathBuf::from(&config.data);
    let metrics = metrics()?;
    let listener = TcpListener::bind(&config.listen)
        .await
        .with_context(|| format!("{} cannot be listened on", config.listen))?;
    let addr = listener.local_addr()?;
    let public_url = match &config.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{addr}"),
    };
    let feed = Arc::new(Feed::default());
    let store: Arc<dyn Store> = Arc::new(open_store(&data, Arc::clone(&feed) as _)?);
    let (queue, bus, presence) = backends(&config.queue).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let reception = Reception::new(
        Parts {
            store: Arc::clone(&store),
            queue,
            bus,
            presence,
            channels: settled(config, ledger(&data, &clock))?,
            media: Media::open(&data.join("media"))?.with(workers()),
            notifier: Notifier::new(config.webhooks.policy())?,
            clock,
            public_url: public_url.clone(),
        },
        &feed,
    );
    let mut console_origins = config.console_origins.clone();
    // Whoever opens the console by another name of loopback means this gateway.
    if addr.ip().is_loopback() {
        console_origins.push(format!("http://localhost:{}", addr.port()));
        console_origins.push(format!("http://{addr}"));
    }
    let settings = Settings {
        public_url,
        console_origins,
        trusted_proxies: config.trusted_proxies.clone(),
        limits: config.limits.limits(),
        uploads: config.uploads.types(),
        demo,
        version: env!("CARGO_PKG_VERSION"),
        metrics_token: config.metrics_token.clone(),
    };
    let gateway = Gateway::new(reception, &feed, settings, metrics);
    Ok(App {
        gateway,
        store,
        listener,
        addr,
        data,
    })
}

/// Made at the first start: the brand and its administrator.
pub(crate) struct First {
    pub(crate) brand: BrandId,
    pub(crate) account: String,
    pub(crate) password: String,
}

impl App {
    /// Makes a brand and an administrator, unless one is there who can sign in. It may be cut off
    /// anywhere: the next start goes on from what is there.
    pub(crate) async fn first_start(
        &self,
        slug: &str,
        name: &str,
    ) -> anyhow::Result<Option<First>> {
        let mut left = None;
        for brand in self.store.brands().await? {
            for admin in self.administrators(brand).await? {
                if self.store.password(brand, admin.id).await?.is_some() {
                    return Ok(None);
                }
                left = left.or(Some((brand, admin)));
            }
        }
        let (brand, admin) = match left {
            Some(left) => left,
            None => self.make_administrator(slug, name).await?,
        };
        let account = admin.account;
        let password = auth::new_password();
        let path = self.data.join("first-admin");
        // On the disk before it opens anything, so that no password is set that nobody was told.
        write_private(&path, &format!("account={account}\npassword={password}\n"))?;
        let hash = auth::hash_password(&password)?;
        self.store
            .set_password(brand, admin.id, hash, false)
            .await?;
        Ok(Some(First {
            brand,
            account,
            password,
        }))
    }

    /// A brand's administrators.
    async fn administrators(&self, brand: BrandId) -> anyhow::Result<Vec<Agent>> {
        let mut found = Vec::new();
        for row in self.store.setup(brand).await? {
            if row.kind == Agent::KIND {
                found.push(read_row::<Agent>(&row)?.entry);
            }
        }
        found.retain(|agent| agent.role == Role::Administrator);
        Ok(found)
    }

    /// A brand with nobody in it yet.
    pub(crate) async fn make_brand(&self, slug: &str, name: &str) -> anyhow::Result<BrandId> {
        let reception = &self.gateway.reception;
        let id = BrandId(reception.ids().mint());
        let entry = Brand {
            id,
            slug: slug.to_owned(),
            name: name.to_owned(),
            color: None,
            logo_media_id: None,
            identity_key: None,
        };
        reception.put(id, entry, None).await?;
        Ok(id)
    }

    async fn make_administrator(&self, slug: &str, name: &str) -> anyhow::Result<(BrandId, Agent)> {
        let brand = match self.store.brands().await?.first() {
            Some(brand) => *brand,
            None => self.make_brand(slug, name).await?,
        };
        let admin = self
            .put_agent(brand, "admin", "管理员", Role::Administrator, None)
            .await?;
        Ok((brand, admin))
    }

    /// Adds a person; answers their generated password.
    pub(crate) async fn add_agent(
        &self,
        brand: BrandId,
        account: &str,
        name: &str,
        role: Role,
        team: Option<kefu_domain::TeamId>,
    ) -> anyhow::Result<String> {
        let agent = self.put_agent(brand, account, name, role, team).await?;
        let password = auth::new_password();
        let hash = auth::hash_password(&password)?;
        self.store
            .set_password(brand, agent.id, hash, false)
            .await?;
        Ok(password)
    }

    async fn put_agent(
        &self,
        brand: BrandId,
        account: &str,
        name: &str,
        role: Role,
        team: Option<kefu_domain::TeamId>,
    ) -> anyhow::Result<Agent> {
        let reception = &self.gateway.reception;
        let id = AgentId(reception.ids().mint());
        let agent = Agent {
            team_ids: team.into_iter().collect(),
            ..Agent::new(id, account.to_owned(), name.to_owned(), role)
        };
        Ok(reception.put_agent(brand, agent, None).await?.entry)
    }

    /// Reads the state back and starts everything.
    pub(crate) async fn run(self) -> anyhow::Result<Running> {
        self.gateway.reception.rebuild().await?;
        let mut tasks = self.gateway.reception.run();
        let metrics = Arc::clone(&self.gateway);
        tasks.spawn(async move { metrics.upkeep().await });
        let server = kefu_gateway::serve(self.listener, self.gateway)?;
        Ok(Running {
            server,
            tasks,
            store: self.store,
        })
    }
}

impl Running {
    /// Waits for a signal to end, or for a task that must not end.
    pub(crate) async fn until_told(&mut self) -> anyhow::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut term, mut int) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        tokio::select! {
            _ = term.recv() => Ok(()),
            _ = int.recv() => Ok(()),
            Some(ended) = self.tasks.join_next() => {
                anyhow::bail!("a task that must not end has ended: {ended:?}")
            }
        }
    }

    /// Goes away: no new work, sockets told, what was accepted written.
    pub(crate) async fn drain(mut self) {
        self.server.drain().await;
        self.tasks.abort_all();
        let _ = tokio::time::timeout(Duration::from_secs(10), self.store.close()).await;
    }
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}
