//! The test of a connection: line by line what is right, and what is wrong and what to do.

use kefu_domain::setup::Connection;
use kefu_wechat::contact::GroupList;
use kefu_wechat::kf::{AccountList, GetQualification};

use super::WecomKf;
use crate::platform::Lane;
use crate::platform::check::{failed, fine, keys, split, url, words, wrong};
use crate::{Channel, Check};

/// Where the callback address is pasted.
const PLACE: (&str, &str) = (
    "应用的「接收消息 → API接收 → URL」",
    "the URL of the app's Receive Messages, API settings",
);
/// The server's address is not on the app's list.
const ADDRESS: i64 = 60020;

impl WecomKf {
    pub(super) async fn check(&self, connection: &Connection, callback_url: &str) -> Vec<Check> {
        let mut checks = vec![keys(connection), url(connection, callback_url, PLACE)];
        if let Err(miss) = self.platform.sign_in(connection).await {
            checks.push(failed("credentials", &miss));
            // Without a token nothing else can be asked.
            return checks;
        }
        checks.push(fine(
            "credentials",
            "企业ID和Secret正确",
            "Corp ID and secret are right",
        ));
        self.kf(connection, &mut checks).await;
        self.contact(connection, &mut checks).await;
        checks
    }

    async fn kf(&self, connection: &Connection, checks: &mut Vec<Check>) {
        let first = AccountList {
            offset: 0,
            limit: Some(1),
        };
        if let Err(miss) = self.platform.call(connection, Lane::Reply, &first).await {
            let key = match miss.code() {
                Some(ADDRESS) => "trusted_ip",
                _ => "kf_permission",
            };
            checks.push(failed(key, &miss));
            return;
        }
        checks.push(fine(
            "trusted_ip",
            "本服务器的IP在应用的可信IP列表中",
            "This server's address is among the app's trusted IPs",
        ));
        checks.push(fine(
            "kf_permission",
            "应用可以调用微信客服接口",
            "The app may call the WeChat kf API",
        ));
        let accounts = match self.accounts(connection).await {
            Ok(accounts) => accounts,
            Err(fault) => {
                let (zh, en) = split(&fault.failure.reason);
                checks.push(wrong("kf_accounts", zh, en));
                return;
            }
        };
        let managed = accounts.iter().filter(|account| account.managed).count();
        checks.push(if managed > 0 {
            fine(
                "kf_accounts",
                &format!("可以管理{managed}个客服账号"),
                &format!("{managed} kf accounts can be served"),
            )
        } else {
            wrong(
                "kf_accounts",
                "没有可管理的客服账号：在「微信客服 → 通过API管理微信客服账号」中把账号授权给该应用",
                "No kf account can be served: delegate accounts to the app under WeChat kf, accounts \
                 managed by API",
            )
        });
        self.customers(connection, checks).await;
    }

    /// How many customers the corp may serve in its life: only a bound video channel lifts the bound.
    async fn customers(&self, connection: &Connection, checks: &mut Vec<Check>) {
        const KEY: &str = "kf_customers";
        let asked = self
            .platform
            .call(connection, Lane::Reply, &GetQualification {})
            .await;
        checks.push(match asked {
            Ok(corp) if corp.wechat_channels_binding => fine(
                KEY,
                "企业绑定了视频号，可以接待的客户数没有上限",
                "A video channel is bound: any number of customers can be served",
            ),
            Ok(_) => fine(
                KEY,
                "企业没有绑定视频号：认证的企业累计最多接待10000位客户，未认证的100位；超过后新客户的消息会因95003发不出去。请在企业微信后台绑定视频号",
                "No video channel is bound: a verified corp may serve 10,000 customers in all, an \
                 unverified one 100; beyond, messages to new customers fail with 95003. Bind a video \
                 channel in the WeCom console",
            ),
            // It says nothing about whether messages come and go.
            Err(miss) => {
                let (zh, en) = words(&miss);
                fine(
                    KEY,
                    &format!("没有查到可以接待多少位客户，不影响收发消息：{zh}"),
                    &format!("How many customers can be served is not known; messages are not affected: {en}"),
                )
            }
        });
    }

    /// 客户联系, which only the codes of specialists and groups need.
    async fn contact(&self, connection: &Connection, checks: &mut Vec<Check>) {
        let first = GroupList {
            limit: 1,
            ..GroupList::default()
        };
        let asked = self.platform.call(connection, Lane::Reply, &first).await;
        checks.push(match asked {
            Ok(_) => fine(
                "contact_permission",
                "应用可以生成服务专员和粉丝群的二维码",
                "The app can make codes for specialists and fan groups",
            ),
            Err(miss) => {
                let (zh, en) = words(&miss);
                wrong(
                    "contact_permission",
                    &format!("不影响收发消息，但不能生成服务专员和粉丝群的二维码：{zh}"),
                    &format!(
                        "Messages are not affected, but no codes can be made for specialists and \
                         fan groups: {en}"
                    ),
                )
            }
        });
    }
}
