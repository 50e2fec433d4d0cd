//! The demo's brand: a tea house with agents, teams, doors and handoff targets.

use anyhow::Context;
use kefu_domain::{
    CannedReplyId, ConnectionId, EntryPointId, FanGroupId, KfAccountId, SpecialistId, TeamId,
    content::{CardLink, Menu, MenuClick, MenuItem},
    hours::Hours,
    setup::{
        CannedReply, Connection, EntryPoint, FanGroup, KfAccount, Overflow, Role, Rules, Scope,
        Specialist, SurveySetup, Team, Texts,
    },
};
use kefu_gateway::auth;
use kefu_simulator::CorpSpec;

use crate::app::App;

/// Where the demo's other parts are.
pub(super) struct Seed<'a> {
    pub(super) corp: &'a CorpSpec,
    pub(super) simulator: &'a str,
    pub(super) site: &'a str,
}

/// What the demo needs to know of its brand.
pub(super) struct DemoBrand {
    pub(super) id: kefu_domain::BrandId,
    pub(super) website: EntryPointId,
    pub(super) kf_account: KfAccountId,
    pub(super) connection: ConnectionId,
    pub(super) logins: Vec<(String, String)>,
}

const PEOPLE: [(&str, &str, Role); 4] = [
    ("cenxi", "岑溪", Role::Supervisor),
    ("linzhixia", "林知夏", Role::Agent),
    ("shenjia", "沈嘉", Role::Agent),
    ("taoran", "陶然", Role::Agent),
];

const CANNED: [(&str, &str, &str); 6] = [
    (
        "贺卡代写说明",
        "heka",
        "贺卡免费代写，30 字以内，用洒金笺手写，随礼盒一起寄出，不含价签。",
    ),
    (
        "发货时间",
        "fahuo",
        "当天 16 点前的订单当天发出，顺丰到您那里一般两天。",
    ),
    (
        "检测报告",
        "jiance",
        "今年这批农残 216 项都是未检出，报告可以发您。",
    ),
    (
        "退换",
        "tuihuan",
        "没有拆封的七天内可以退换，运费我们承担。",
    ),
    (
        "企业礼起订量",
        "qiye",
        "10 盒起享企业价，可印 Logo，打样 3 个工作日，开专票。",
    ),
    (
        "问候",
        "hi",
        "您好，我是溪山茶社的客服，请问有什么可以帮您？",
    ),
];

/// Makes the brand at the first start; later starts give everyone a new password and point the
/// doors at this run's addresses.
pub(super) async fn ensure(app: &App, seed: &Seed<'_>) -> anyhow::Result<DemoBrand> {
    if let Some(first) = app.first_start("xishan", "溪山茶社").await? {
        make(app, seed, first.brand).await?;
    }
    let reception = &app.gateway.reception;
    let setup = reception
        .directory()
        .all()
        .into_iter()
        .min_by_key(|setup| setup.brand.entry.id)
        .context("no brand")?;
    let brand = setup.brand.entry.id;
    let mut logins = Vec::new();
    for account in ["admin", "cenxi", "linzhixia", "shenjia", "taoran"] {
        let agent = reception.agent_by_account(brand, account)?;
        let password = auth::new_password();
        app.store
            .set_password(brand, agent.id, auth::hash_password(&password)?, false)
            .await?;
        logins.push((account.to_owned(), password));
    }
    let connection = setup
        .connections
        .values()
        .find(|row| row.entry.channel == "wecom_kf")
        .context("no connection")?
        .entry
        .clone();
    let corp = seed.corp;
    let secret = |text: &Option<String>| text.clone().unwrap_or_default();
    let id = connection.id;
    let fresh = Connection {
        corpid: secret(&corp.corpid),
        secret: secret(&corp.secret),
        token: secret(&corp.token),
        encoding_aes_key: secret(&corp.encoding_aes_key),
        plain: false,
        base_url: Some(seed.simulator.to_owned()),
        ..connection
    };
    reception.put(brand, fresh, None).await?;
    let website = setup
        .entry_points
        .values()
        .find(|row| row.entry.channel == "website")
        .context("no website")?
        .entry
        .clone();
    let mut allowed_origins = vec![
        seed.site.to_owned(),
        seed.site.replace("127.0.0.1", "localhost"),
    ];
    allowed_origins.dedup();
    reception
        .put(
            brand,
            EntryPoint {
                allowed_origins,
                ..website.clone()
            },
            None,
        )
        .await?;
    Ok(DemoBrand {
        id: brand,
        website: website.id,
        kf_account: website.kf_account,
        connection: id,
        logins,
    })
}

async fn make(app: &App, seed: &Seed<'_>, brand: kefu_domain::BrandId) -> anyhow::Result<()> {
    let reception = &app.gateway.reception;
    let mint = || reception.ids().mint();
    let mut entry = reception.directory().brand(brand)?.brand.entry.clone();
    entry.color = Some("#2F6046".to_owned());
    reception.put(brand, entry, None).await?;
    let general = Team {
        id: TeamId(mint()),
        name: "综合组".to_owned(),
        overflow: Vec::new(),
    };
    let overflow = vec![Overflow {
        team_id: general.id,
        after_s: 420,
    }];
    let presales = Team {
        id: TeamId(mint()),
        name: "售前组".to_owned(),
        overflow,
    };
    let (general_id, team) = (general.id, presales.id);
    reception.put(brand, general, None).await?;
    reception.put(brand, presales, None).await?;
    for (account, name, role) in PEOPLE {
        app.add_agent(brand, account, name, role, Some(team))
            .await?;
    }
    let cenxi = reception.agent_by_account(brand, "cenxi")?;
    reception
        .put_agent(
            brand,
            kefu_domain::setup::Agent {
                team_ids: vec![team, general_id],
                ..cenxi.clone()
            },
            None,
        )
        .await?;
    for (title, shortcut, text) in CANNED {
        let reply = CannedReply {
            id: CannedReplyId(mint()),
            title: title.to_owned(),
            text: text.to_owned(),
            shortcut: shortcut.to_owned(),
            scope: Scope::Brand,
            team_id: None,
            author: cenxi.id,
        };
        reception.put(brand, reply, None).await?;
    }
    let click = |id: &str, content: &str| MenuItem::Click {
        click: MenuClick {
            id: id.to_owned(),
            content: content.to_owned(),
        },
    };
    let account = KfAccount {
        id: KfAccountId(mint()),
        name: "溪山茶社客服".to_owned(),
        avatar_media_id: None,
        color: Some("#2F6046".to_owned()),
        team_id: Some(team),
        hours: Hours::default(),
        texts: Texts {
            welcome: "您好，想了解什么？".to_owned(),
            closing: "谢谢您来溪山茶社，随时再来。".to_owned(),
            ..Texts::default()
        },
        menu: Some(Menu {
            head_content: "您好，想了解什么？".to_owned(),
            list: vec![
                click("goods", "商品与库存"),
                click("order", "订单与物流"),
                click("after", "售后"),
                click("human", "转人工"),
            ],
            tail_content: String::new(),
        }),
        rules: Rules::default(),
        survey: SurveySetup::default(),
        prechat: Default::default(),
    };
    let face = account.id;
    reception.put(brand, account, None).await?;
    let corp = seed.corp;
    let connection = Connection {
        id: ConnectionId(mint()),
        channel: "wecom_kf".to_owned(),
        name: "企业微信（模拟）".to_owned(),
        corpid: corp.corpid.clone().unwrap_or_default(),
        agentid: corp.agentid.map(|id| id.to_string()),
        secret: corp.secret.clone().unwrap_or_default(),
        token: corp.token.clone().unwrap_or_default(),
        encoding_aes_key: corp.encoding_aes_key.clone().unwrap_or_default(),
        previous: None,
        used_at: None,
        plain: false,
        card_appid: None,
        card_page: None,
        base_url: Some(seed.simulator.to_owned()),
        paused: false,
    };
    let through = connection.id;
    reception.put(brand, connection, None).await?;
    let door = |channel: &str, name: &str| EntryPoint {
        id: EntryPointId(mint()),
        kf_account: face,
        channel: channel.to_owned(),
        connection: None,
        name: name.to_owned(),
        allowed_origins: Vec::new(),
        locale: None,
        upstream_open_kfid: None,
        served_in: Default::default(),
        unlabelled: Default::default(),
        prechat_off: false,
        paused: false,
        paused_why: None,
    };
    reception.put(brand, door("website", "官网"), None).await?;
    for upstream in &corp.accounts {
        let kf = EntryPoint {
            connection: Some(through),
            upstream_open_kfid: upstream.open_kfid.clone(),
            ..door("wecom_kf", &format!("微信客服 · {}", upstream.name))
        };
        reception.put(brand, kf, None).await?;
    }
    for member in corp.members.iter().filter(|member| member.upgrade) {
        let specialist = Specialist {
            id: SpecialistId(mint()),
            name: member.name.clone(),
            title: member.title.clone(),
            line: "贺卡、改地址、企业礼品，都可以找我".to_owned(),
            company: "溪山茶社".to_owned(),
            avatar_media_id: None,
            links: vec![CardLink {
                title: "商城".to_owned(),
                url: "https://example.com/mall".to_owned(),
            }],
            capacity_per_day: 100,
            userid: Some(member.userid.clone()),
            connection: Some(through),
            agent: None,
            qr_media_id: None,
            welcome: format!("您好，我是溪山茶社的{}，以后有事直接找我。", member.name),
            disabled: false,
        };
        reception.put(brand, specialist, None).await?;
    }
    for (order, group) in (0..).zip(&corp.groups) {
        let fans = FanGroup {
            id: FanGroupId(mint()),
            name: group.name.clone(),
            line: "上新先知、周三开汤、群友价".to_owned(),
            avatar_media_id: None,
            capacity: u32::try_from(group.limit.unwrap_or(200)).unwrap_or(200),
            members: 1,
            members_of: Default::default(),
            chat_ids: group.chat_id.iter().cloned().collect(),
            connection: Some(through),
            qr_media_id: None,
            order,
            disabled: false,
        };
        reception.put(brand, fans, None).await?;
    }
    Ok(())
}
