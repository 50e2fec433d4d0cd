//! How the platform says no: an errcode, a few words, and the tail that every real reply carries.

use serde_json::{Value, json};

/// A refusal: clients must branch on the code, never on the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    words: String,
}

impl Refusal {
    /// A refusal in the platform's own words for the code.
    pub(crate) fn of(code: i64) -> Self {
        Self {
            code,
            words: words(code).to_owned(),
        }
    }

    /// A refusal that says more.
    pub(crate) fn because(code: i64, words: impl Into<String>) -> Self {
        Self {
            code,
            words: words.into(),
        }
    }

    /// The body of the reply; `hint` is what a person would quote to the platform's support.
    pub(crate) fn body(&self, hint: u64) -> Value {
        let Self { code, words } = self;
        let errmsg = format!(
            "{words}, hint: [1{hint:022}], from ip: 127.0.0.1, more info at \
             https://open.work.weixin.qq.com/devtool/query?e={code}"
        );
        json!({ "errcode": code, "errmsg": errmsg })
    }
}

impl Refusal {
    /// The body of the reply to an official account, a mini-program or a shop.
    pub(crate) fn app_body(&self, hint: u64) -> Value {
        let Self { code, words } = self;
        let words = match app_words(*code) {
            Some(known) if words == self::words(*code) => known,
            _ => words,
        };
        let (first, second) = (hint >> 32, hint & 0xFFFF_FFFF);
        let errmsg = format!("{words} rid: {first:08x}-{second:08x}");
        json!({ "errcode": code, "errmsg": errmsg })
    }
}

/// What it says with a code to apps only.
fn app_words(code: i64) -> Option<&'static str> {
    Some(match code {
        40001 => "invalid credential, access_token is invalid or not latest",
        40002 => "invalid grant_type",
        40003 => "invalid openid",
        40004 => "invalid media type",
        40005 => "invalid file type",
        40013 => "invalid appid",
        40035 => "invalid parameter",
        40052 => "invalid action name",
        40053 => "invalid action info, please check document",
        40125 => "invalid appsecret",
        41002 => "appid missing",
        41004 => "appsecret missing",
        41005 => "media data missing",
        43004 => "require subscribe",
        43019 => "user in blacklist",
        44003 => "empty news data",
        45008 => "article size out of limit",
        45009 => "reach max api daily quota limit",
        45011 => "api minute-quota reach limit, must slower retry next minute",
        45015 => "response out of time limit or subscription is canceled",
        45029 => "qrcode count out of limit",
        45047 => "out of response count limit",
        45064 => "no permission to use weapp in menu or message",
        45072 => "invalid typing command",
        45080 => "no recent message from the user",
        45081 => "already in typing state",
        47001 => "data format error",
        48001 => "api unauthorized",
        48002 => "user refuse to accept the msg",
        48006 => "forbid to clear quota because of reaching the limit",
        _ => return None,
    })
}

/// What the platform usually says with a code.
pub(crate) fn words(code: i64) -> &'static str {
    match code {
        -1 => "system busy",
        0 => "ok",
        40001 => "invalid credential",
        40003 => "invalid userid",
        40004 => "invalid media type",
        40005 => "invalid type param",
        40006 => "invalid media size",
        40007 => "invalid media_id",
        40008 => "invalid message type",
        40009 => "invalid image size",
        40011 => "invalid video size",
        40013 => "invalid corpid",
        40014 => "invalid access_token",
        40031 => "invalid userid list",
        40033 => "invalid charset",
        40050 => "chatid is missing",
        40058 => "invalid Request Parameter",
        40063 => "some parameters are empty",
        40091 => "secret is invalid",
        40096 => "invalid external userid",
        41001 => "access_token missing",
        41002 => "corpid missing",
        41004 => "secret missing",
        41006 => "media_id missing",
        41035 => "missing external userid",
        41041 => "too many users of contact way",
        41042 => "invalid style of contact way",
        41044 => "invalid config id",
        41050 => "invalid welcome code",
        41051 => "externaluser has started chatting",
        41064 => "too many attachments",
        41065 => "invalid attachment",
        41091 => "too many groups of join way",
        41096 => "welcome msg is being distributed",
        42001 => "access_token expired",
        44001 => "empty media data",
        44004 => "empty content",
        45001 => "media size out of limit",
        45002 => "content size out of limit",
        45009 => "api freq out of limit",
        45033 => "api concurrent out of limit",
        48002 => "api forbidden",
        48007 => "no permission to manage this kf account",
        60011 => "no privilege to access/modify contact/party/agent",
        60020 => "not allow to access from your ip",
        60111 => "userid not found",
        84061 => "not external contact",
        86003 => "chatid not found",
        90501 => "not customer group",
        95000 => "invalid open_kfid",
        95001 => "send msg count limit",
        95002 => "send msg time limit",
        95003 => "servable customer limit",
        95004 => "open_kfid not exist",
        95005 => "kf account count limit",
        95006 => "invalid kf account name",
        95007 => "invalid msg token",
        95008 => "msgmenu item count limit",
        95009 => "invalid msgmenu item type",
        95013 => "conversation already end",
        95014 => "user is not kf servicer",
        95016 => "not allow to change service state",
        95018 => "send msg session status invalid",
        95019 => "servicer stop receiving",
        301_016 => "invalid voice file",
        301_017 => "voice file is not amr",
        830_002 => "invalid range",
        _ => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn a_refusal_reads_like_the_real_one() {
        let body = Refusal::of(95018).body(7);
        assert_eq!(body["errcode"], 95018);
        let words = body["errmsg"].as_str().expect("words");
        assert!(
            words.starts_with("send msg session status invalid, hint: [1"),
            "{words}"
        );
        assert!(words.ends_with("devtool/query?e=95018"), "{words}");
    }
}
