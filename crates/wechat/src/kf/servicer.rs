//! `servicer/*`: who receives customers of an account in the platform's own client.

use serde::{Deserialize, Serialize};

use crate::lenient;
use crate::limits::{Unfit, at_most, required};
use crate::request::{Request, Verb};

/// Members of one call.
const USERIDS: usize = 100;
/// Departments that one call adds.
const DEPARTMENTS: usize = 20;

/// Asks who receives customers of an account.
#[derive(Debug, Clone, Serialize)]
pub struct ServicerList {
    /// The account.
    pub open_kfid: String,
}

impl Request for ServicerList {
    const PATH: &'static str = "cgi-bin/kf/servicer/list";
    const VERB: Verb = Verb::Get;
    type Answer = Servicers;

    fn check(&self) -> Result<(), Unfit> {
        required("open_kfid", &self.open_kfid, 64)
    }
}

/// The servicers of an account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Servicers {
    /// Members, and departments whose members all are.
    #[serde(default, deserialize_with = "lenient::list")]
    pub servicer_list: Vec<Servicer>,
}

/// A member or a department.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Servicer {
    /// The member; departments have none.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub userid: Option<String>,
    /// 0 receiving, 1 stopped; told only to apps that manage the account. Not the numbers of
    /// `servicer_status_change`.
    #[serde(default, deserialize_with = "lenient::opt_int")]
    pub status: Option<i64>,
    /// Once stopped: 0 stopped, 1 for a while.
    #[serde(default, deserialize_with = "lenient::opt_int")]
    pub stop_type: Option<i64>,
    /// The department.
    #[serde(default, deserialize_with = "lenient::opt_int")]
    pub department_id: Option<i64>,
}

/// Adds servicers.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AddServicers {
    /// The account.
    pub open_kfid: String,
    /// Members, up to 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userid_list: Vec<String>,
    /// Departments, up to 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub department_id_list: Vec<i64>,
}

impl Request for AddServicers {
    const PATH: &'static str = "cgi-bin/kf/servicer/add";
    type Answer = ServicerResults;

    fn check(&self) -> Result<(), Unfit> {
        check(&self.open_kfid, &self.userid_list)?;
        at_most(
            "department_id_list",
            self.department_id_list.len(),
            DEPARTMENTS,
        )
    }
}

/// Removes servicers.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DelServicers {
    /// The account.
    pub open_kfid: String,
    /// Members, up to 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userid_list: Vec<String>,
    /// Departments, up to 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub department_id_list: Vec<i64>,
}

impl Request for DelServicers {
    const PATH: &'static str = "cgi-bin/kf/servicer/del";
    type Answer = ServicerResults;

    fn check(&self) -> Result<(), Unfit> {
        check(&self.open_kfid, &self.userid_list)?;
        at_most("department_id_list", self.department_id_list.len(), 100)
    }
}

fn check(open_kfid: &str, userids: &[String]) -> Result<(), Unfit> {
    required("open_kfid", open_kfid, 64)?;
    at_most("userid_list", userids.len(), USERIDS)
}

/// What became of each.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServicerResults {
    /// In the order asked.
    #[serde(default, deserialize_with = "lenient::list")]
    pub result_list: Vec<ServicerResult>,
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServicerResult {
    /// The member.
    #[serde(default, deserialize_with = "lenient::opt_text")]
    pub userid: Option<String>,
    /// The department.
    #[serde(default, deserialize_with = "lenient::opt_int")]
    pub department_id: Option<i64>,
    /// 0: done, or nothing to do.
    #[serde(default, deserialize_with = "lenient::int")]
    pub errcode: i64,
}
