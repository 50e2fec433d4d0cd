//! Brand, account, door, agents and customers for a run, made through the public API alone.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::body::Run;
use crate::error::{Error, Result};
use crate::gateway::FirstAdmin;
use crate::wire::epoll::source_address;
use crate::wire::http::{Client, Credential};

/// An administrator's view of one gateway, with a team, a kf account and a door of our own in it.
pub struct Site {
    /// Where the gateway listens.
    pub target: SocketAddr,
    /// Signed in as administrator.
    pub admin: Client,
    /// Tells our names, keys and texts from those of other runs.
    pub run: Run,
    /// Our team.
    pub team_id: String,
    /// Our kf account.
    pub open_kfid: String,
    /// Our website door.
    pub entry_point_id: String,
    /// The gateway's own version, as it tells it.
    pub version: Option<String>,
    doors: u32,
}

/// How the kf account routes; the rest of its rules is quiet (no texts, no survey, no time-outs).
#[derive(Debug, Clone)]
pub struct Rules {
    /// Agents accept offers, within this many seconds; without it they are assigned.
    pub accept_timeout_s: Option<u32>,
    /// Skills that an agent must have.
    pub required_skills: Vec<String>,
    /// Unanswered for so many seconds, a customer goes back to the queue; without it, never.
    pub reply_timeout_s: Option<u32>,
    /// So many seconds a customer waits for the agent of last time; without it, for none.
    pub last_agent_wait_s: Option<u32>,
}

/// A visitor as `POST /v1/visitor/open` made it.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Its bearer token.
    pub token: String,
    /// Its id, as agents see it.
    pub external_userid: String,
    /// The life of the store.
    pub epoch: String,
}

/// How to sign in.
pub enum Login {
    /// Account and password of a new gateway.
    First(FirstAdmin),
    /// An administrator's API key.
    Key(String),
}

pub(crate) fn text(value: &Value, field: &str) -> Result<String> {
    let found = value[field].as_str().map(str::to_owned);
    found.ok_or_else(|| Error::Protocol(format!("an answer without {field}: {value}")))
}

fn id(value: &Value) -> Result<String> {
    text(value, "id")
}

impl Site {
    /// Signs in and makes the team, the kf account and the door.
    ///
    /// # Errors
    /// When the gateway refuses any of it.
    pub fn prepare(target: SocketAddr, login: Login, rules: &Rules) -> Result<Self> {
        let mut admin = Client::new(target, source_address(0));
        match login {
            Login::Key(key) => admin.credential = Credential::Bearer(key),
            Login::First(first) => sign_in(&mut admin, &first)?,
        }
        let run = Run(rand::random());
        let bootstrap = admin.get("/v1/bootstrap").ok();
        let version = bootstrap.and_then(|answer| answer["version"].as_str().map(str::to_owned));
        let mut site = Self {
            target,
            admin,
            run,
            team_id: String::new(),
            open_kfid: String::new(),
            entry_point_id: String::new(),
            version,
            doors: 0,
        };
        site.new_door(rules)?;
        Ok(site)
    }

    /// Makes a team, a kf account with these rules and a website door, and uses them from now on.
    ///
    /// # Errors
    /// When the gateway refuses any of it.
    pub fn new_door(&mut self, rules: &Rules) -> Result<()> {
        self.doors += 1;
        let name = format!("load {:08x} {}", self.run.0, self.doors);
        self.team_id = id(&self.admin.post("/v1/teams", &json!({ "name": name }))?)?;
        let account = kf_account(&name, &self.team_id, rules);
        let account = self.admin.post("/v1/kf-accounts", &account)?;
        self.open_kfid = text(&account, "open_kfid").or_else(|_| id(&account))?;
        let door = json!({
            "open_kfid": self.open_kfid,
            "channel": "website",
            "name": name,
            "website": { "allowed_origins": [], "locale": "zh-CN" },
        });
        self.entry_point_id = id(&self.admin.post("/v1/entry-points", &door)?)?;
        Ok(())
    }

    /// Makes a further team and returns its id.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub fn new_team(&mut self, name: &str) -> Result<String> {
        let name = format!("load {:08x} {} {name}", self.run.0, self.doors);
        id(&self.admin.post("/v1/teams", &json!({ "name": name }))?)
    }

    /// Changes our team.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub fn change_team(&mut self, change: &Value) -> Result<()> {
        let path = format!("/v1/teams/{}", self.team_id);
        self.admin.patch(&path, change).map(drop)
    }

    /// Changes how our kf account routes.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub fn change_rules(&mut self, rules: &Rules) -> Result<()> {
        let path = format!("/v1/kf-accounts/{}", self.open_kfid);
        let change = json!({ "rules": rules_body(rules) });
        self.admin.patch(&path, &change).map(drop)
    }

    /// Makes one agent of our team and returns its `servicer_userid`.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub fn agent(&mut self, number: usize, limit: usize) -> Result<String> {
        let body = json!({
            "account": format!("load-{:08x}-{}-{number}", self.run.0, self.doors),
            "name": format!("Agent {number}"),
            "role": "agent",
            "team_ids": [self.team_id],
            "limit": limit,
        });
        let row = self.admin.post("/v1/agents", &body)?;
        id(&row).or_else(|_| text(&row, "servicer_userid"))
    }

    /// A one-time ticket for an agent's socket, good for 30 s.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub fn ticket(&mut self, servicer_userid: &str) -> Result<String> {
        let path = format!("/v1/agents/{servicer_userid}/tickets");
        text(&self.admin.post(&path, &json!({}))?, "ticket")
    }

    /// Opens visitors, four at a time, each from an address of its own.
    ///
    /// # Errors
    /// When the gateway refuses one of them.
    pub fn visitors(&self, first: usize, count: usize) -> Result<Vec<Visitor>> {
        const LANES: usize = 4;
        let (target, door) = (self.target, &self.entry_point_id);
        let lanes = std::thread::scope(|scope| {
            let lane = |lane| {
                scope.spawn(move || -> Result<Vec<(usize, Visitor)>> {
                    let numbers = (first + lane..first + count).step_by(LANES);
                    numbers
                        .map(|number| Ok((number, open(target, door, number)?)))
                        .collect()
                })
            };
            let handles: Vec<_> = (0..LANES).map(lane).collect();
            let joined = handles.into_iter().map(|handle| handle.join());
            joined.collect::<Vec<_>>()
        });
        let mut visitors = Vec::with_capacity(count);
        for lane in lanes {
            let lane = lane.map_err(|_| Error::Gateway("opening a visitor panicked".into()))?;
            visitors.extend(lane?);
        }
        visitors.sort_by_key(|(number, _)| *number);
        Ok(visitors.into_iter().map(|(_, visitor)| visitor).collect())
    }

    /// Follows the gateway to the address it has after a restart.
    pub fn retarget(&mut self, target: SocketAddr) {
        self.target = target;
        self.admin.retarget(target);
    }
}

fn kf_account(name: &str, team_id: &str, rules: &Rules) -> Value {
    json!({
        "name": name,
        "team_id": team_id,
        "rules": rules_body(rules),
        "survey": { "enabled": false },
        "texts": { "welcome": "", "queue": "", "queue_next": "", "closing": "" },
    })
}

/// Every session to the least busy, none held back for anyone unless it is said, nothing said by the
/// system.
fn rules_body(rules: &Rules) -> Value {
    let assign = if rules.accept_timeout_s.is_some() {
        "manual"
    } else {
        "auto"
    };
    let wait_s = rules.last_agent_wait_s;
    let mut body = json!({
        "assign": assign,
        "choice": "least_busy",
        "prefer_owner": false,
        "last_agent": { "enabled": wait_s.is_some(), "wait_s": wait_s.unwrap_or(0) },
        "reply_timeout_s": rules.reply_timeout_s.unwrap_or(0),
        "silence_warn_s": 0,
        "silence_end_s": 0,
        "required_skills": rules.required_skills,
    });
    if let Some(seconds) = rules.accept_timeout_s {
        body["accept_timeout_s"] = json!(seconds);
    }
    body
}

fn sign_in(admin: &mut Client, first: &FirstAdmin) -> Result<()> {
    let login = json!({ "account": first.account, "password": first.password });
    let answer = admin.success("POST", "/v1/login", Some(&login))?;
    let me = answer.json();
    let cookie = answer
        .cookie
        .ok_or_else(|| Error::Protocol("a login without a cookie".into()))?;
    admin.credential = Credential::Cookie(cookie);
    if me["must_change_password"] == true {
        let new = format!("{}-{:016x}", first.password, rand::random::<u64>());
        let change = json!({ "old": first.password, "new": new });
        let answer = admin.success("POST", "/v1/me/password", Some(&change))?;
        if let Some(cookie) = answer.cookie {
            admin.credential = Credential::Cookie(cookie);
        }
    }
    Ok(())
}

fn open(target: SocketAddr, entry_point_id: &str, number: usize) -> Result<Visitor> {
    let mut client = Client::new(target, source_address(number));
    let body = json!({ "entry_point_id": entry_point_id });
    let answer = client.post("/v1/visitor/open", &body)?;
    Ok(Visitor {
        token: text(&answer, "token")?,
        external_userid: text(&answer, "external_userid")?,
        epoch: text(&answer, "epoch")?,
    })
}
