//! Who receives the customers of an account in the platform's own client.

use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::find;
use super::refusal::Refusal;
use super::{Answer, Params, given, read};
use crate::world::account::Servicer;
use crate::world::desk::Desk;

#[derive(Debug, Deserialize)]
struct Request {
    open_kfid: Option<String>,
    userid_list: Option<Vec<String>>,
    department_id_list: Option<Vec<u64>>,
}

impl Request {
    /// At least one list with something in it, neither longer than allowed.
    fn read(body: &[u8], departments: usize) -> Result<Self, Refusal> {
        let request: Self = read(body)?;
        let users = request.userid_list.as_ref().map_or(0, Vec::len);
        let parties = request.department_id_list.as_ref().map_or(0, Vec::len);
        if users + parties == 0 || users > 100 || parties > departments {
            return Err(Refusal::of(40058));
        }
        Ok(request)
    }

    fn users(&self) -> &[String] {
        self.userid_list.as_deref().unwrap_or_default()
    }

    fn departments(&self) -> &[u64] {
        self.department_id_list.as_deref().unwrap_or_default()
    }
}

fn result(name: &str, id: impl Into<Value>, errcode: i64, errmsg: &str) -> Value {
    json!({ name: id.into(), "errcode": errcode, "errmsg": errmsg })
}

pub(super) fn add(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request = Request::read(body, 20)?;
    find(desk, given(&request.open_kfid))?;
    let mut results = Vec::new();
    for userid in request.users() {
        let member = desk.corp.member(userid).map(|member| member.active);
        let account = find(desk, given(&request.open_kfid))?;
        results.push(match member {
            None => result("userid", userid.as_str(), 60111, "userid not found"),
            Some(false) => result("userid", userid.as_str(), 95014, "user is not active"),
            Some(true) if account.servicer(userid).is_some() => {
                result("userid", userid.as_str(), 0, "ignored")
            }
            Some(true) if account.servicers.len() >= 2_000 => {
                result("userid", userid.as_str(), 40058, "too many servicers")
            }
            Some(true) => {
                account.servicers.push(Servicer {
                    userid: userid.clone(),
                    stopped: None,
                });
                result("userid", userid.as_str(), 0, "success")
            }
        });
    }
    let account = find(desk, given(&request.open_kfid))?;
    for department in request.departments() {
        let known = account.departments.contains(department);
        if !known {
            account.departments.push(*department);
        }
        let words = if known { "ignored" } else { "success" };
        results.push(result("department_id", *department, 0, words));
    }
    Ok(json!({ "result_list": results }).into())
}

pub(super) fn del(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request = Request::read(body, 100)?;
    let account = find(desk, given(&request.open_kfid))?;
    let mut results = Vec::new();
    for userid in request.users() {
        let known = account.servicer(userid).is_some();
        account
            .servicers
            .retain(|servicer| servicer.userid != *userid);
        let words = if known { "success" } else { "ignored" };
        results.push(result("userid", userid.as_str(), 0, words));
    }
    for department in request.departments() {
        let known = account.departments.contains(department);
        account.departments.retain(|id| id != department);
        let words = if known { "success" } else { "ignored" };
        results.push(result("department_id", *department, 0, words));
    }
    Ok(json!({ "result_list": results }).into())
}

/// 0 receives, 1 stopped: not the numbers that the event of a change uses.
pub(super) fn list(desk: &mut Desk<'_>, params: &Params, _: &[u8]) -> Answer {
    let account = find(desk, params.get("open_kfid").map(String::as_str))?;
    let people = account
        .servicers
        .iter()
        .map(|servicer| match servicer.stopped {
            None => json!({ "userid": servicer.userid, "status": 0 }),
            Some(kind) => json!({ "userid": servicer.userid, "status": 1, "stop_type": kind }),
        });
    let departments = account
        .departments
        .iter()
        .map(|id| json!({ "department_id": id }));
    let list: Vec<Value> = people.chain(departments).collect();
    Ok(json!({ "servicer_list": list }).into())
}
