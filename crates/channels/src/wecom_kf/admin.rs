//! Accounts (客服账号) and who receives their customers, administered from our console.

use bytes::Bytes;
use kefu_domain::{Failure, setup::Connection};
use kefu_wechat::client::{Upload, UploadKind};
use kefu_wechat::kf::{
    AddAccount, AddServicers, DelAccount, DelServicers, MAX_ACCOUNT_NAME, ServicerList,
    ServicerResults, UpdateAccount,
};
use kefu_wechat::request::Request;

use super::WecomKf;
use crate::platform::{Lane, code_words};
use crate::{AccountLook, Fault, Receiver, ReceiverResult};
use kefu_wechat::client::Dialect;

/// Members of one call.
const MEMBERS: usize = 100;
/// Departments of one call that adds.
const DEPARTMENTS: usize = 20;
/// The picture of an account that brings none.
const PLAIN: &[u8] = include_bytes!("../platform/card.png");
/// Receiving, in `servicer/list`.
const RECEIVING: i64 = 0;
/// Stopped for a while.
const SUSPENDED: i64 = 1;

impl WecomKf {
    pub(super) async fn add_account(
        &self,
        connection: &Connection,
        look: AccountLook,
    ) -> Result<String, Fault> {
        let name = look.name.map(|name| checked(&name)).transpose()?;
        let name = name.ok_or_else(bad_name)?;
        let plain = || {
            let bytes = Bytes::from_static(PLAIN);
            (bytes, "account.png".to_owned(), "image/png".to_owned())
        };
        let picture = look.picture.unwrap_or_else(plain);
        let request = AddAccount {
            name,
            media_id: self.picture(connection, picture).await?,
        };
        Ok(self.told(connection, &request).await?.open_kfid)
    }

    pub(super) async fn update_account(
        &self,
        connection: &Connection,
        account: &str,
        look: AccountLook,
    ) -> Result<(), Fault> {
        let name = look.name.map(|name| checked(&name)).transpose()?;
        let media_id = match look.picture {
            Some(picture) => Some(self.picture(connection, picture).await?),
            None => None,
        };
        if name.is_none() && media_id.is_none() {
            return Ok(());
        }
        let request = UpdateAccount {
            open_kfid: account.to_owned(),
            name,
            media_id,
        };
        self.told(connection, &request).await.map(drop)
    }

    pub(super) async fn del_account(
        &self,
        connection: &Connection,
        account: &str,
    ) -> Result<(), Fault> {
        let request = DelAccount {
            open_kfid: account.to_owned(),
        };
        self.told(connection, &request).await.map(drop)
    }

    pub(super) async fn servicers(
        &self,
        connection: &Connection,
        account: &str,
    ) -> Result<Vec<Receiver>, Fault> {
        let request = ServicerList {
            open_kfid: account.to_owned(),
        };
        let list = self.told(connection, &request).await?.servicer_list;
        let receiver = |one: kefu_wechat::kf::Servicer| Receiver {
            userid: one.userid,
            department_id: one.department_id,
            receiving: one.status.map(|status| status == RECEIVING),
            suspended: one.stop_type == Some(SUSPENDED),
        };
        Ok(list.into_iter().map(receiver).collect())
    }

    /// In portions, because a call takes so many; what went before a failure is done.
    pub(super) async fn change_servicers(
        &self,
        connection: &Connection,
        account: &str,
        whom: &[Receiver],
        add: bool,
    ) -> Result<Vec<ReceiverResult>, Fault> {
        let open_kfid = account.to_owned();
        let members: Vec<String> = whom.iter().filter_map(|one| one.userid.clone()).collect();
        let departments: Vec<i64> = whom.iter().filter_map(|one| one.department_id).collect();
        let mut portions: Vec<(Vec<String>, Vec<i64>)> = members
            .chunks(MEMBERS)
            .map(|some| (some.to_vec(), Vec::new()))
            .collect();
        let departments = departments.chunks(DEPARTMENTS);
        portions.extend(departments.map(|some| (Vec::new(), some.to_vec())));
        let mut results = Vec::with_capacity(whom.len());
        for (userid_list, department_id_list) in portions {
            let open_kfid = open_kfid.clone();
            let told = if add {
                let request = AddServicers {
                    open_kfid,
                    userid_list,
                    department_id_list,
                };
                self.told(connection, &request).await?
            } else {
                let request = DelServicers {
                    open_kfid,
                    userid_list,
                    department_id_list,
                };
                self.told(connection, &request).await?
            };
            results.extend(outcomes(told));
        }
        Ok(results)
    }

    async fn picture(
        &self,
        connection: &Connection,
        (bytes, file_name, content_type): (Bytes, String, String),
    ) -> Result<String, Fault> {
        let fits = matches!(content_type.as_str(), "image/png" | "image/jpeg")
            && bytes.len() <= UploadKind::Image.max_bytes();
        if !fits {
            return Err(Fault::permanent(
                "bad_picture",
                "头像要是 JPG 或 PNG，不超过10MB",
                "The picture has to be a JPG or PNG of at most 10 MB",
            ));
        }
        let upload = Upload {
            kind: UploadKind::Image,
            file_name,
            content_type,
            bytes,
        };
        let uploaded = self.platform.upload(connection, upload).await;
        Ok(uploaded.map_err(|miss| miss.fault(0))?.media_id)
    }

    async fn told<R: Request>(
        &self,
        connection: &Connection,
        request: &R,
    ) -> Result<R::Answer, Fault> {
        let answer = self.platform.call(connection, Lane::Reply, request).await;
        answer.map_err(|miss| miss.fault(0))
    }
}

fn outcomes(told: ServicerResults) -> impl Iterator<Item = ReceiverResult> {
    told.result_list.into_iter().map(|one| {
        let failure = (one.errcode != 0).then(|| {
            let (code, zh, en) = code_words(Dialect::Wecom, one.errcode);
            Failure {
                code,
                reason: format!("{zh}\u{1f}{en}"),
            }
        });
        let whom = Receiver {
            userid: one.userid,
            department_id: one.department_id,
            receiving: None,
            suspended: false,
        };
        (whom, failure)
    })
}

fn checked(name: &str) -> Result<String, Fault> {
    let name = name.trim();
    let fits = (1..=MAX_ACCOUNT_NAME).contains(&name.chars().count());
    fits.then(|| name.to_owned()).ok_or_else(bad_name)
}

fn bad_name() -> Fault {
    Fault::permanent(
        "bad_name",
        "客服账号的名称要有1到16个字",
        "The account's name has 1 to 16 characters",
    )
}
