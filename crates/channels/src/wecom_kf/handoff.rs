//! 客户联系 as a handoff needs it: codes that carry who offered, greetings, and who came.

use kefu_domain::setup::Connection;
use kefu_wechat::contact::{
    AddContactWay, AddJoinWay, DelContactWay, DelJoinWay, GetGroup, GetJoinWay, SendWelcomeMsg,
};

use tokio::time::Instant;

use super::WecomKf;
use super::hurry::hurry;
use crate::platform::Lane;
use crate::{Fault, HandoffCode, HandoffTo, Picture};

/// Bytes of a code's picture.
const PICTURE: usize = 2 << 20;
/// Characters of a memo.
const REMARK: usize = 30;
/// The welcome code was used, or its time is over.
const CODE_SPENT: i64 = 41050;
/// The customer was greeted already.
const GREETED: i64 = 41051;
/// The way is not there (any more).
const NO_SUCH_WAY: i64 = 41044;
/// A customer, among the members of a group.
const OUTSIDER: i64 = 2;

impl WecomKf {
    /// Makes a way and fetches its picture. A way whose picture cannot be had is there all the same,
    /// and counts in the corp's quota until it is withdrawn.
    pub(super) async fn code(
        &self,
        connection: &Connection,
        to: &HandoffTo,
        state: &str,
        remark: &str,
    ) -> Result<HandoffCode, Fault> {
        let remark = Some(remark.chars().take(REMARK).collect::<String>());
        let remark = remark.filter(|remark| !remark.is_empty());
        let (config_id, picture) = match to {
            HandoffTo::Member(userid) => {
                let mut way = AddContactWay::to(vec![userid.clone()], Some(state.to_owned()));
                way.remark = remark;
                let made = self.platform.call(connection, Lane::Reply, &way).await;
                let made = made.map_err(|miss| miss.fault(0))?;
                (made.config_id, Ok(made.qr_code))
            }
            HandoffTo::Groups(groups) => {
                let mut way = AddJoinWay::into_groups(groups.clone(), Some(state.to_owned()));
                way.remark = remark;
                let made = self.platform.call(connection, Lane::Reply, &way).await;
                let config_id = made.map_err(|miss| miss.fault(0))?.config_id;
                let ask = GetJoinWay {
                    config_id: config_id.clone(),
                };
                let way = self.platform.call(connection, Lane::Reply, &ask).await;
                (
                    config_id,
                    way.map(|detail| detail.join_way.qr_code)
                        .map_err(|miss| miss.fault(0)),
                )
            }
        };
        Ok(HandoffCode {
            config_id,
            picture: self.draw(connection, picture).await,
            url: None,
        })
    }

    async fn draw(
        &self,
        connection: &Connection,
        address: Result<Option<String>, Fault>,
    ) -> Result<Picture, Fault> {
        let address = address?.ok_or_else(|| {
            Fault::permanent(
                "no_code",
                "平台没有返回二维码",
                "The platform returned no code",
            )
        })?;
        let home = connection.base_url.as_deref();
        let (bytes, mime) = self.pictures.fetch(&address, home, PICTURE).await?;
        Ok(Picture {
            bytes: bytes.to_vec(),
            mime,
        })
    }

    pub(super) async fn withdraw(
        &self,
        connection: &Connection,
        to: &HandoffTo,
        config_id: &str,
    ) -> Result<(), Fault> {
        let config_id = config_id.to_owned();
        let lane = Lane::Background;
        let removed = match to {
            HandoffTo::Member(_) => {
                let request = DelContactWay { config_id };
                self.platform.call(connection, lane, &request).await
            }
            HandoffTo::Groups(_) => {
                let request = DelJoinWay { config_id };
                self.platform.call(connection, lane, &request).await
            }
        };
        match removed {
            Err(miss) if miss.code() == Some(NO_SUCH_WAY) => Ok(()),
            removed => removed.map(|_| ()).map_err(|miss| miss.fault(0)),
        }
    }

    pub(super) async fn welcome_contact(
        &self,
        connection: &Connection,
        welcome_code: &str,
        text: &str,
        until: Instant,
    ) -> Result<(), Fault> {
        let greeting = SendWelcomeMsg {
            welcome_code: welcome_code.to_owned(),
            text: Some(text.to_owned()),
            attachments: Vec::new(),
        };
        let sent = hurry(until, &[CODE_SPENT, GREETED], || {
            self.platform.call(connection, Lane::Reply, &greeting)
        });
        sent.await.map_err(|miss| miss.fault(0))
    }

    /// Customers of a group, who came last first.
    pub(super) async fn members(
        &self,
        connection: &Connection,
        chat_id: &str,
    ) -> Result<Vec<(String, Option<String>)>, Fault> {
        let request = GetGroup {
            chat_id: chat_id.to_owned(),
            need_name: 0,
        };
        let group = self
            .platform
            .call(connection, Lane::Background, &request)
            .await;
        let mut members = group.map_err(|miss| miss.fault(0))?.group_chat.member_list;
        members.retain(|member| member.r#type == OUTSIDER);
        members.sort_by_key(|member| std::cmp::Reverse(member.join_time));
        let told = members
            .into_iter()
            .map(|member| (member.userid, member.state));
        Ok(told.collect())
    }
}
