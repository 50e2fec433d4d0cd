//! The platform's memory: corps with their accounts, members, groups and media; people with their
//! phones; what is due later. One lock holds it all, and nothing in here waits or speaks HTTP.
//! Everything is bounded; [`Bounds`] says by how much and what goes first.

pub(crate) mod account;
pub(crate) mod acquire;
pub(crate) mod app;
pub(crate) mod contact;
pub(crate) mod corp;
pub(crate) mod desk;
pub(crate) mod fault;
pub(crate) mod group;
pub(crate) mod knowledge;
pub(crate) mod later;
pub(crate) mod log;
pub(crate) mod media;
pub(crate) mod menu;
pub(crate) mod names;
pub(crate) mod people;
pub(crate) mod quota;
pub(crate) mod recent;
pub(crate) mod session;
pub(crate) mod staff;
pub(crate) mod talk;
pub(crate) mod tally;

use std::collections::BTreeMap;

use crate::callback::Lane;
use crate::config::{AppSpec, Bounds, CorpSpec};
use crate::error::SimError;
use crate::ids::Ids;
use crate::news::News;
use app::App;
use app::desk::AppDesk;
use corp::Corp;
use desk::Desk;
use fault::Faults;
use later::Later;
use people::People;
use quota::Quotas;

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Everything the platform knows.
pub(crate) struct World {
    pub(crate) corps: BTreeMap<String, Corp>,
    pub(crate) apps: BTreeMap<String, App>,
    pub(crate) people: People,
    pub(crate) ids: Ids,
    pub(crate) faults: Faults,
    pub(crate) quotas: Quotas,
    pub(crate) later: Later,
    pub(crate) bounds: Bounds,
    pub(crate) news: News,
    pub(crate) base: String,
}

impl World {
    pub(crate) fn new(seed: u64, bounds: Bounds, base: String, news: News) -> Self {
        Self {
            corps: BTreeMap::new(),
            apps: BTreeMap::new(),
            people: People::new(bounds.people, bounds.lines_per_chat),
            ids: Ids::new(seed),
            faults: Faults::default(),
            quotas: Quotas::default(),
            later: Later::default(),
            bounds,
            news,
            base,
        }
    }

    /// Makes a corp, or changes the one with this id; what is absent stays as it is.
    pub(crate) fn set_up(&mut self, spec: CorpSpec, now: i64) -> Result<String, SimError> {
        let corpid = match &spec.corpid {
            Some(id) => id.clone(),
            None => self.ids.make("ww", 18),
        };
        if !self.corps.contains_key(&corpid) {
            if self.corps.len() >= self.bounds.corps {
                return Err(SimError::Full("corps"));
            }
            let corp = Corp::new(
                &corpid,
                self.corps.len() as u64,
                &mut self.ids,
                &self.bounds,
            );
            self.corps.insert(corpid.clone(), corp);
        }
        let mut desk = self.desk(Some(&corpid), now)?;
        desk.apply(spec)?;
        Ok(corpid)
    }

    /// Makes an app, or changes the one with this id; what is absent stays as it is.
    pub(crate) fn set_up_app(&mut self, spec: AppSpec, now: i64) -> Result<String, SimError> {
        let appid = match &spec.appid {
            Some(id) => id.clone(),
            None => self.ids.make("wx", 18),
        };
        if !self.apps.contains_key(&appid) {
            if self.apps.len() >= self.bounds.apps {
                return Err(SimError::Full("apps"));
            }
            let kind = spec
                .kind
                .ok_or_else(|| SimError::invalid("a new app wants a kind"))?;
            let made = self.apps.len() as u64;
            let app = App::new(&appid, kind, made, &mut self.ids, &self.bounds);
            self.apps.insert(appid.clone(), app);
        }
        self.app_desk(Some(&appid), now)?.apply(spec)?;
        Ok(appid)
    }

    /// The desk of one app, by appid or original id: of the first when none is given.
    pub(crate) fn app_desk(
        &mut self,
        appid: Option<&str>,
        now: i64,
    ) -> Result<AppDesk<'_>, SimError> {
        let app = match appid {
            Some(id) => self
                .apps
                .values_mut()
                .find(|app| app.appid == id || app.original_id == id)
                .ok_or_else(|| SimError::unknown("app", id))?,
            None => self
                .apps
                .values_mut()
                .min_by_key(|app| app.made)
                .ok_or_else(|| SimError::invalid("no app is set up; POST /sim/app first"))?,
        };
        Ok(AppDesk {
            app,
            people: &mut self.people,
            ids: &mut self.ids,
            quotas: &mut self.quotas,
            base: &self.base,
            news: &self.news,
            now,
        })
    }

    /// The line of callbacks of a corp or an app.
    pub(crate) fn lane(&mut self, owner: &str) -> Option<&mut Lane> {
        if let Some(corp) = self.corps.get_mut(owner) {
            return Some(&mut corp.lane);
        }
        self.apps.get_mut(owner).map(|app| &mut app.lane)
    }

    /// The desk of one corp: of the only one, or the first, when no id is given.
    pub(crate) fn desk(&mut self, corpid: Option<&str>, now: i64) -> Result<Desk<'_>, SimError> {
        let corp = match corpid {
            Some(id) => self
                .corps
                .get_mut(id)
                .ok_or_else(|| SimError::unknown("corp", id))?,
            None => self
                .corps
                .values_mut()
                .min_by_key(|corp| corp.made)
                .ok_or(SimError::NoCorp)?,
        };
        Ok(Desk {
            corp,
            people: &mut self.people,
            ids: &mut self.ids,
            faults: &mut self.faults,
            later: &mut self.later,
            quotas: &mut self.quotas,
            bounds: &self.bounds,
            base: &self.base,
            news: &self.news,
            now,
        })
    }
}
