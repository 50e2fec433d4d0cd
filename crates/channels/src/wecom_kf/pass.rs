//! Passing a customer to people who answer in the platform's own client.

use kefu_domain::setup::{Connection, EntryPoint};
use kefu_wechat::kf::{GetState, ServiceState, ServicerList, TransState};

use super::{WecomKf, upstream};
use crate::platform::{Lane, Miss};
use crate::{Fault, Passed};

/// No servicer of the account, or not activated.
const NO_SERVICER: i64 = 95014;
/// The servicer receives nobody now.
const NOT_RECEIVING: i64 = 95019;
/// The session ended meanwhile.
const ENDED: i64 = 95013;
/// The session cannot move that way.
const NO_SUCH_MOVE: i64 = 95016;
/// Receiving, in `servicer/list`.
const RECEIVING: i64 = 0;

impl WecomKf {
    /// Gives the customer's session to the first of these members who receives, or else to the
    /// account's pool. Harmless to repeat: a session that somebody has stays with them.
    pub(super) async fn pass(
        &self,
        connection: &Connection,
        door: &EntryPoint,
        address: &str,
        members: &[String],
    ) -> Result<Passed, Fault> {
        let open_kfid = upstream(door)?.to_owned();
        let state = GetState {
            open_kfid: open_kfid.clone(),
            external_userid: address.to_owned(),
        };
        let state = self.ask(connection, &state).await?;
        match (state.service_state, state.servicer_userid) {
            (ServiceState::Servicer, Some(userid)) => {
                return Ok(Passed::To { userid, code: None });
            }
            (ServiceState::Ended, _) => return Ok(Passed::Over),
            _ => {}
        }
        let receiving = self.receiving(connection, &open_kfid, members).await?;
        let mut trans = TransState {
            open_kfid,
            external_userid: address.to_owned(),
            service_state: ServiceState::Servicer,
            servicer_userid: None,
        };
        for userid in receiving {
            trans.servicer_userid = Some(userid.clone());
            match self.platform.call(connection, Lane::Reply, &trans).await {
                Ok(moved) => {
                    let code = moved.msg_code;
                    return Ok(Passed::To { userid, code });
                }
                Err(miss) if matches!(miss.code(), Some(NO_SERVICER | NOT_RECEIVING)) => {
                    tracing::info!(
                        ?miss,
                        "a member cannot take a customer; the next one is asked"
                    );
                }
                Err(miss) => return over_or(miss),
            }
        }
        if state.service_state == ServiceState::Waiting {
            return Ok(Passed::Pool { code: None });
        }
        trans.service_state = ServiceState::Waiting;
        trans.servicer_userid = None;
        match self.platform.call(connection, Lane::Reply, &trans).await {
            Ok(moved) => Ok(Passed::Pool {
                code: moved.msg_code,
            }),
            Err(miss) => over_or(miss),
        }
    }

    /// Gives a customer who waits in the pool, or whom a colleague has, to this member.
    pub(super) async fn pass_to(
        &self,
        connection: &Connection,
        door: &EntryPoint,
        address: &str,
        userid: &str,
    ) -> Result<Passed, Fault> {
        let trans = TransState {
            open_kfid: upstream(door)?.to_owned(),
            external_userid: address.to_owned(),
            service_state: ServiceState::Servicer,
            servicer_userid: Some(userid.to_owned()),
        };
        let moved = self.platform.call(connection, Lane::Reply, &trans).await;
        match moved {
            Ok(moved) => Ok(Passed::To {
                userid: userid.to_owned(),
                code: moved.msg_code,
            }),
            Err(miss) => over_or(miss),
        }
    }

    /// Those of the members who receive customers of the account now, in their order.
    async fn receiving(
        &self,
        connection: &Connection,
        open_kfid: &str,
        members: &[String],
    ) -> Result<Vec<String>, Fault> {
        if members.is_empty() {
            return Ok(Vec::new());
        }
        let list = ServicerList {
            open_kfid: open_kfid.to_owned(),
        };
        let there = self.ask(connection, &list).await?.servicer_list;
        // Who is in by department is not named, and apps that do not manage the account are told no
        // status: both are asked, and the platform says no if it means no.
        let by_department = there.iter().any(|one| one.department_id.is_some());
        let receives = |userid: &String| {
            let named = there
                .iter()
                .find(|one| one.userid.as_deref() == Some(userid.as_str()));
            match named {
                Some(one) => one.status.is_none_or(|status| status == RECEIVING),
                None => by_department,
            }
        };
        Ok(members
            .iter()
            .filter(|one| receives(one))
            .cloned()
            .collect())
    }

    async fn ask<R: kefu_wechat::request::Request>(
        &self,
        connection: &Connection,
        request: &R,
    ) -> Result<R::Answer, Fault> {
        let answer = self.platform.call(connection, Lane::Reply, request).await;
        answer.map_err(|miss| miss.fault(0))
    }
}

/// The customer's session may have ended between two calls.
fn over_or(miss: Miss) -> Result<Passed, Fault> {
    match miss.code() {
        Some(ENDED) => Ok(Passed::Over),
        // Somebody took it meanwhile, most likely: it is looked at again.
        Some(NO_SUCH_MOVE) => Err(Fault::later(
            1_000,
            "95016",
            "会话状态刚刚变化，稍后再转",
            "The session has just moved; it is looked at again",
        )),
        _ => Err(miss.fault(0)),
    }
}
