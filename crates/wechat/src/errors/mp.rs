//! The codes of official accounts, mini-programs and shops. Some numbers mean other things here
//! than at WeCom.

use super::{Row, find};

/// Says what a code means and what to do, in Chinese and English.
pub fn words(code: i64) -> (&'static str, &'static str) {
    find(TABLE, code).unwrap_or(super::NO_WORDS)
}

/// Whether [`words`] knows the code.
pub fn is_known(code: i64) -> bool {
    find(TABLE, code).is_some()
}

/// Sorted by code.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    (-1, "平台繁忙，稍后会自动重试", "The platform is busy; it will be tried again"),
    (0, "成功", "Done"),
    (40001, "AppSecret 错误，或 access_token 无效", "The AppSecret is wrong, or the access token is not valid"),
    (40002, "凭证类型不合法", "The type of credential is not valid"),
    (40003, "客户不属于这个账号，或已取消关注", "The customer is unknown to this account, or no longer follows it"),
    (40004, "素材文件类型不支持", "This type of file is not supported"),
    (40005, "上传的文件类型不支持", "The uploaded file is of a type that is not supported"),
    (40006, "素材文件大小不符合要求", "The file's size is not allowed"),
    (40007, "素材 media_id 无效或已过期（有效期3天）", "The media_id is wrong or expired (they live three days)"),
    (40008, "这个账号不能发送这种消息", "This account cannot send this type of message"),
    (40009, "图片大小不符合要求", "The picture's size is not allowed"),
    (40013, "AppID 错误", "The AppID is wrong"),
    (40014, "access_token 无效", "The access token is not valid"),
    (40033, "请求中含有不合法字符", "The request contains characters that are not allowed"),
    (40035, "参数不合法", "A parameter is not valid"),
    (40097, "参数不合法", "An argument is not valid"),
    (40101, "缺少必填参数", "A required parameter is missing"),
    (40125, "AppSecret 错误：在平台的「开发」设置中重置并重新填写", "The AppSecret is wrong: reset it in the platform's development settings and enter it again"),
    (40164, "本服务器的IP不在IP白名单中，请在平台的「开发 → IP白名单」中加入", "This server's address is not on the IP list; add it in the platform's development settings"),
    (40243, "AppSecret 已被冻结，请在平台解冻", "The AppSecret is frozen; unfreeze it at the platform"),
    (41001, "缺少 access_token", "The access token is missing"),
    (41002, "缺少 AppID", "The AppID is missing"),
    (41004, "缺少 AppSecret", "The AppSecret is missing"),
    (41005, "缺少文件内容", "The file is missing"),
    (41006, "缺少 media_id", "The media_id is missing"),
    (42001, "access_token 已过期", "The access token has expired"),
    (43004, "客户还没有关注，要先关注才能发送", "The customer does not follow; nothing can be sent before they do"),
    (43019, "客户在黑名单中", "The customer is on the account's blacklist"),
    (44001, "文件是空的", "The file is empty"),
    (44002, "请求内容是空的", "The request is empty"),
    (44003, "图文消息是空的", "The article is empty"),
    (44004, "文字是空的", "The text is empty"),
    (45001, "文件超过大小限制", "The file is too large"),
    (45002, "文字超过2048字节", "The text is longer than 2,048 bytes"),
    (45003, "标题太长", "The title is too long"),
    (45004, "描述太长", "The description is too long"),
    (45005, "链接太长", "The link is too long"),
    (45008, "图文消息只能有一篇", "A link card can have only one article"),
    (45009, "接口调用超过每日限额", "The day's limit of calls is used up"),
    (45011, "接口调用太频繁", "The calls come too fast"),
    (45015, "超过可回复的时间，或客户已取消关注；等客户再次发来消息", "The time for a reply is over, or the customer left; they have to write again"),
    (45047, "已发完可发的条数，等客户再次发来消息", "All messages of this window are sent; the customer has to write again"),
    (45064, "没有关联这个小程序，不能发送它的卡片", "The mini-program is not linked to this account, so its card cannot be sent"),
    (45072, "输入状态的指令不合法", "The typing command is not valid"),
    (45080, "最近30秒没有和客户对话，不能显示正在输入", "There was no exchange in the last 30 seconds, so typing cannot be shown"),
    (45081, "已经在显示正在输入", "Typing is shown already"),
    (46003, "菜单不存在", "The menu does not exist"),
    (47001, "请求格式错误", "The request has a wrong form"),
    (48001, "账号没有这个接口的权限，请认证账号或在平台开通", "The account may not call this API; verify the account or enable it at the platform"),
    (48002, "客户拒绝接收这个账号的消息", "The customer refuses messages from this account"),
    (48004, "接口已被封禁，请登录平台查看", "The API is banned; see the platform's notices"),
    (50002, "客户的账号受限", "The customer's account is restricted"),
    (50007, "账号已被冻结", "The account is frozen"),
    (61451, "客服账号参数不合法", "The parameters of the servicer account are not valid"),
    (65400, "没有开通客服功能", "Customer service is not enabled for this account"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_speaks_two_languages() {
        assert!(TABLE.is_sorted_by(|a, b| a.0 < b.0));
        for (code, zh, en) in TABLE {
            assert!(!zh.is_ascii() && en.is_ascii(), "{code}: {zh} / {en}");
        }
        assert!(
            is_known(45047) && !is_known(95001),
            "kf's codes are WeCom's"
        );
    }
}
