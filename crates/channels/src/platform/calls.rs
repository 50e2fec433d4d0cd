//! The way to the platform: which client, which app, at which pace.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, OnceLock};

use kefu_domain::{ConnectionId, setup::Connection};
use kefu_wechat::client::{
    self, App, Client, CosUpload, CosUploaded, Dialect, Failure, Guard, Settings, Upload, Uploaded,
};
use kefu_wechat::request::Request;
use parking_lot::Mutex;

use super::fault::{FORBIDDEN, Miss};
use super::limits::Pace;
use super::pace::{Lane, Pacer, Pass};
use crate::{Fault, Quota, Surroundings};

const UPLOAD: &str = "cgi-bin/media/upload";
const DOWNLOAD: &str = "cgi-bin/media/get";
const COS_UPLOAD: &str = "channels/ec/commkf/cosupload";

/// Connections whose app is remembered; beyond, all are made anew.
const APPS: usize = 10_000;
/// Other API hosts at once; there are none but in tests and behind a proxy.
const HOSTS: usize = 64;

/// Where a file was found.
pub(crate) enum Found {
    /// Here.
    File {
        /// As the platform names it.
        name: Option<String>,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// At an address that the platform gave.
    Elsewhere(String),
}

pub(crate) struct Platform {
    client: Client,
    /// By [`Connection::base_url`].
    elsewhere: Mutex<HashMap<String, Arc<Client>>>,
    /// One app for each connection, so that its token lives as long as its secret.
    apps: Mutex<HashMap<ConnectionId, (u64, App)>>,
    hash: RandomState,
    pacer: Pacer,
    /// Of the hosts that connections name.
    guard: OnceLock<Guard>,
}

impl Platform {
    pub(crate) fn new(client: Client, pace: Pace) -> Self {
        Self {
            client,
            elsewhere: Mutex::default(),
            apps: Mutex::default(),
            hash: RandomState::new(),
            pacer: Pacer::new(pace),
            guard: OnceLock::new(),
        }
    }

    /// Where the channel of this kind runs; told once, before anything is called.
    pub(crate) fn settle_in(&self, kind: &'static str, here: &Surroundings) {
        if let Some(ledger) = &here.ledger {
            self.pacer.remember(kind, Arc::clone(ledger));
        }
        if let Some(guard) = &here.guard {
            let _ = self.guard.set(guard.clone());
        }
    }

    /// Calls; what is refused before it is sent counts as not asked.
    pub(crate) async fn call<R: Request>(
        &self,
        connection: &Connection,
        lane: Lane,
        request: &R,
    ) -> Result<R::Answer, Miss> {
        self.call_as(R::PATH, connection, lane, request).await
    }

    /// Calls, and is paced under another name: for an API with two limits.
    pub(crate) async fn call_as<R: Request>(
        &self,
        name: &'static str,
        connection: &Connection,
        lane: Lane,
        request: &R,
    ) -> Result<R::Answer, Miss> {
        let (app, pass) = self.enter(connection, name, lane).await?;
        let result = app.call(request).await;
        settle(pass, result)
    }

    pub(crate) async fn upload(
        &self,
        connection: &Connection,
        upload: Upload,
    ) -> Result<Uploaded, Miss> {
        let (app, pass) = self.enter(connection, UPLOAD, Lane::Reply).await?;
        let result = app.upload(upload).await;
        settle(pass, result)
    }

    pub(crate) async fn upload_to_shop(
        &self,
        connection: &Connection,
        upload: CosUpload,
    ) -> Result<CosUploaded, Miss> {
        let (app, pass) = self.enter(connection, COS_UPLOAD, Lane::Reply).await?;
        let result = app.upload_to_shop(upload).await;
        settle(pass, result)
    }

    /// A file, at most `limit` bytes of it, or where it is.
    pub(crate) async fn download(
        &self,
        connection: &Connection,
        media_id: &str,
        limit: usize,
    ) -> Result<Found, Miss> {
        let (app, pass) = self.enter(connection, DOWNLOAD, Lane::Background).await?;
        let result = async {
            Ok(match app.find(media_id).await? {
                client::Found::File(download) => {
                    let name = download.file_name();
                    let bytes = download.bytes(limit).await?;
                    Found::File { name, bytes }
                }
                client::Found::Elsewhere(address) => Found::Elsewhere(address),
            })
        };
        let result = result.await;
        settle(pass, result)
    }

    /// Makes sure that corp id and secret are right.
    pub(crate) async fn sign_in(&self, connection: &Connection) -> Result<(), Miss> {
        let api = match self.client.dialect() {
            Dialect::Wecom => "cgi-bin/gettoken",
            Dialect::Mp => "cgi-bin/stable_token",
        };
        let (app, pass) = self.enter(connection, api, Lane::Reply).await?;
        let result = app.sign_in().await;
        settle(pass, result)
    }

    /// How much of the limits is used.
    pub(crate) fn used(&self, connection: &Connection) -> Vec<Quota> {
        self.pacer.used(&connection.corpid)
    }

    async fn enter(
        &self,
        connection: &Connection,
        api: &'static str,
        lane: Lane,
    ) -> Result<(App, Pass), Miss> {
        let app = self.app(connection)?;
        let pass = self.pacer.enter(&connection.corpid, api, lane).await;
        Ok((app, pass.map_err(Miss::Held)?))
    }

    fn app(&self, connection: &Connection) -> Result<App, Fault> {
        let base = connection.base_url.as_deref().filter(|url| !url.is_empty());
        // Keyed by a seed of this process: it tells a changed secret, and nothing else.
        let set_up = (&connection.corpid, &connection.secret, base);
        let mark = self.hash.hash_one(set_up);
        let mut apps = self.apps.lock();
        if let Some((known, app)) = apps.get(&connection.id)
            && *known == mark
        {
            return Ok(app.clone());
        }
        let secret = connection.secret.clone().into();
        let app = match base {
            None => self.client.app(&connection.corpid, secret),
            Some(base) => self.at(base)?.app(&connection.corpid, secret),
        };
        if apps.len() >= APPS {
            apps.clear();
        }
        apps.insert(connection.id, (mark, app.clone()));
        Ok(app)
    }

    fn at(&self, base: &str) -> Result<Arc<Client>, Fault> {
        let mut elsewhere = self.elsewhere.lock();
        if let Some(client) = elsewhere.get(base) {
            return Ok(Arc::clone(client));
        }
        let settings = Settings {
            base: base.to_owned(),
            guard: self.guard.get().cloned(),
            ..Settings::of(self.client.dialect())
        };
        let client = Client::new(settings, Arc::new(std::time::Instant::now)).map_err(|error| {
            tracing::warn!(%error, "a connection's API address cannot be used");
            let (code, zh, en) = match error {
                client::SetupError::Forbidden(_) => FORBIDDEN,
                _ => (
                    "bad_base_url",
                    "连接的 API 地址不正确",
                    "the connection's API address is not valid",
                ),
            };
            Fault::permanent(code, zh, en)
        })?;
        if elsewhere.len() >= HOSTS {
            elsewhere.clear();
        }
        let client = Arc::new(client);
        elsewhere.insert(base.to_owned(), Arc::clone(&client));
        Ok(client)
    }
}

fn settle<T>(pass: Pass, result: Result<T, Failure>) -> Result<T, Miss> {
    pass.settle(&result);
    result.map_err(Miss::Failed)
}
