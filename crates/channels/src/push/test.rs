//! The test of a connection to one account: line by line what is right, and what is wrong and what
//! to do.

use kefu_domain::setup::Connection;

use super::Accounts;
use crate::Check;
use crate::platform::Miss;
use crate::platform::check::{failed, fine, keys, url};

/// A customer who does not exist.
pub(crate) const NOBODY: &str = "kefu_test";
/// The server's address is not on the account's list.
const ADDRESS: i64 = 40164;
/// Codes that say that an API is not granted, or that the account itself is banned.
const NOT_GRANTED: [i64; 5] = [48001, 48004, 50002, 50007, 65400];

/// The lines that all accounts have. `place` says where the callback address is pasted; `asked` is a
/// call that changes nothing, whose refusal for its content proves that it may be made.
pub(super) async fn test(
    accounts: &Accounts,
    connection: &Connection,
    callback_url: &str,
    place: (&str, &str),
    asked: impl Future<Output = Result<(), Miss>>,
) -> Vec<Check> {
    let mut checks = vec![keys(connection), url(connection, callback_url, place)];
    if connection.plain {
        checks.push(Check {
            ok: true,
            ..fine(
                "mode",
                "连接设为明文模式：能用，但建议在平台改为「安全模式」后关掉这个选项",
                "The connection is set to plain mode: it works; better choose the safe mode at the \
                 platform and switch this off",
            )
        });
    }
    if let Err(miss) = accounts.platform.sign_in(connection).await {
        let key = match miss.code() {
            Some(ADDRESS) => "trusted_ip",
            _ => "credentials",
        };
        checks.push(failed(key, &miss));
        // Without a token nothing else can be asked.
        return checks;
    }
    checks.push(fine(
        "credentials",
        "AppID和AppSecret正确",
        "AppID and AppSecret are right",
    ));
    checks.push(fine(
        "trusted_ip",
        "本服务器的IP在IP白名单中",
        "This server's address is on the IP list",
    ));
    checks.push(match asked.await {
        Err(miss) if is_refused(&miss) => failed("kf_permission", &miss),
        _ => fine(
            "kf_permission",
            "账号可以调用客服消息接口",
            "The account may call the customer service API",
        ),
    });
    checks
}

/// An answer about the request's content is one that only comes to who may ask.
fn is_refused(miss: &Miss) -> bool {
    match miss.code() {
        Some(code) => NOT_GRANTED.contains(&code),
        None => true,
    }
}
