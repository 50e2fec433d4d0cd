//! The demo's official account, mini-program and shop: set up at the simulator, and connected to the
//! brand as an administrator would connect the real ones.

use anyhow::Context;
use kefu_domain::{
    BrandId, ConnectionId, EntryPointId,
    setup::{Connection, EntryPoint},
};
use kefu_simulator::{AppKind, AppSpec, Handle};

use crate::app::App;

/// One app and the connection that answers for it.
pub(super) struct Connected {
    appid: String,
    channel: &'static str,
    connection: ConnectionId,
}

/// Name of the channel that serves a kind of app.
fn channel_of(kind: AppKind) -> &'static str {
    match kind {
        AppKind::OfficialAccount => "official_account",
        AppKind::MiniProgram => "mini_program",
        AppKind::Shop => "channels_shop",
    }
}

/// Makes connection and entry point of every app at the first start; later starts give the
/// connections this run's secrets.
pub(super) async fn connect(
    app: &App,
    brand: BrandId,
    simulator: &Handle,
) -> anyhow::Result<Vec<Connected>> {
    let reception = &app.gateway.reception;
    let channels = reception.channels();
    let mut connected = Vec::new();
    for spec in AppSpec::demo() {
        let kind = spec.kind.context("an app of the demo has no kind")?;
        let channel = channel_of(kind);
        if channels.get(channel).is_none() {
            continue;
        }
        let appid = simulator.set_up_app(spec)?;
        let fresh = simulator.app(&appid).context("the app is not there")?;
        let setup = reception.directory().brand(brand)?;
        let rows = || setup.connections.values().map(|row| &row.entry);
        // What all connections of the demo have in common is taken from the first.
        let kf = rows().find(|row| row.channel == "wecom_kf");
        let kf = kf.context("no connection to WeCom")?.clone();
        let known = rows().find(|row| row.channel == channel).map(|row| row.id);
        let connection = Connection {
            id: known.unwrap_or_else(|| ConnectionId(reception.ids().mint())),
            channel: channel.to_owned(),
            name: fresh.name.clone().unwrap_or_default(),
            corpid: appid.clone(),
            agentid: None,
            secret: fresh.secret.unwrap_or_default(),
            token: fresh.token.unwrap_or_default(),
            encoding_aes_key: fresh.encoding_aes_key.unwrap_or_default(),
            previous: None,
            used_at: None,
            ..kf
        };
        let (id, name) = (connection.id, connection.name.clone());
        reception.put(brand, connection, None).await?;
        if known.is_none() {
            let doors = setup.entry_points.values().map(|row| &row.entry);
            let website = doors.into_iter().find(|door| door.channel == "website");
            let door = EntryPoint {
                id: EntryPointId(reception.ids().mint()),
                channel: channel.to_owned(),
                connection: Some(id),
                name,
                allowed_origins: Vec::new(),
                locale: None,
                upstream_open_kfid: None,
                ..website.context("no website")?.clone()
            };
            reception.put(brand, door, None).await?;
        }
        connected.push(Connected {
            appid,
            channel,
            connection: id,
        });
    }
    Ok(connected)
}

/// Tells the simulator where to push, now that somebody answers.
pub(super) fn open(
    connected: &[Connected],
    simulator: &Handle,
    gateway_url: &str,
) -> anyhow::Result<()> {
    for one in connected {
        let url = format!("{gateway_url}/callback/{}/{}", one.channel, one.connection);
        simulator.set_up_app(AppSpec {
            appid: Some(one.appid.clone()),
            push_url: Some(url),
            ..AppSpec::default()
        })?;
    }
    Ok(())
}
