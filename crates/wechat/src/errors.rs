//! The platform's error codes in plain words, for those who have to act on them.

pub mod mp;

/// Says what a code means and what to do, in Chinese and English. Codes are the only part of an
/// error to rely on: the platform rewords its messages at will.
pub fn words(code: i64) -> (&'static str, &'static str) {
    find(TABLE, code).unwrap_or(NO_WORDS)
}

const NO_WORDS: (&str, &str) = (
    "平台返回了未收录的错误",
    "The platform reports an error that is not in our table",
);

/// A row of a table that is sorted by code.
fn find(table: &'static [Row], code: i64) -> Option<(&'static str, &'static str)> {
    let at = table.binary_search_by_key(&code, |row| row.0).ok()?;
    Some((table[at].1, table[at].2))
}

type Row = (i64, &'static str, &'static str);

/// Whether [`words`] knows the code.
pub fn is_known(code: i64) -> bool {
    find(TABLE, code).is_some()
}

/// Sorted by code.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    (-1, "平台繁忙，稍后会自动重试", "The platform is busy; it will be tried again"),
    (0, "成功", "Done"),
    (40001, "Secret 错误、与企业不匹配，或应用已停用", "The secret is wrong, belongs to another corp, or the app is disabled"),
    (40003, "成员 userid 无效", "The member's userid is not valid"),
    (40004, "素材文件类型不支持", "This type of file is not supported"),
    (40005, "上传类型参数错误", "The upload type is wrong"),
    (40006, "素材文件大小不符合要求", "The file's size is not allowed"),
    (40007, "素材 media_id 无效或已过期（有效期3天）", "The media_id is wrong or expired (they live three days)"),
    (40008, "消息类型不支持", "This type of message is not supported"),
    (40009, "图片大小不符合要求", "The picture's size is not allowed"),
    (40011, "视频大小不符合要求", "The video's size is not allowed"),
    (40013, "企业ID（corpid）错误", "The corp id is wrong"),
    (40014, "access_token 无效", "The access token is not valid"),
    (40029, "授权 code 无效或已使用", "The authorisation code is wrong or used up"),
    (40031, "成员列表不合法", "The list of members is not valid"),
    (40033, "请求中含有不合法字符", "The request contains characters that are not allowed"),
    (40035, "参数不合法", "A parameter is not valid"),
    (40050, "群 chat_id 不存在", "The group's chat_id does not exist"),
    (40056, "应用 agentid 不合法", "The app's agentid is not valid"),
    (40057, "回调地址无效或验证未通过，请检查回调配置", "The callback URL is wrong or failed its verification; check the callback settings"),
    (40058, "参数不合法（长度、数量或格式）", "A parameter is not valid: length, number or form"),
    (40063, "参数为空", "A required parameter is empty"),
    (40066, "部门列表不合法", "The list of departments is not valid"),
    (40068, "标签不合法", "The tag is not valid"),
    (40091, "Secret 无效，可能属于其他企业", "The secret is not valid; it may be another corp's"),
    (40096, "客户 external_userid 无效，或跟进成员不在可见范围", "The customer's external_userid is not valid, or their member is out of the app's range"),
    (40097, "该成员尚未离职", "The member has not left the corp"),
    (40098, "成员未实名认证", "The member's identity is not verified"),
    (40099, "接替成员的客户数已达上限", "The member taking over has as many customers as allowed"),
    (40100, "客户正在转接中", "The customer is being transferred already"),
    (40201, "客服账号因敏感内容被封禁", "The kf account is banned for sensitive content"),
    (41001, "缺少 access_token", "The access token is missing"),
    (41002, "缺少 corpid", "The corp id is missing"),
    (41004, "缺少 Secret", "The secret is missing"),
    (41006, "缺少 media_id", "The media_id is missing"),
    (41009, "缺少成员 userid", "The member's userid is missing"),
    (41035, "缺少客户 external_userid", "The customer's external_userid is missing"),
    (41037, "「联系我」类型不合法", "The contact way's type is not valid"),
    (41038, "「联系我」场景不合法", "The contact way's scene is not valid"),
    (41039, "「联系我」备注不合法", "The contact way's remark is not valid"),
    (41040, "「联系我」样式不合法", "The contact way's style is not valid"),
    (41041, "「联系我」成员过多", "The contact way names too many members"),
    (41042, "「联系我」参数与场景不符", "The contact way's parameters do not fit its scene"),
    (41043, "「联系我」参数不合法", "A parameter of the contact way is not valid"),
    (41044, "「联系我」config_id 无效", "The contact way's config_id is not valid"),
    (41045, "「联系我」数量已达上限", "The corp has as many contact ways as allowed"),
    (41049, "欢迎语内容不合法", "The welcome message is not valid"),
    (41050, "欢迎语 code 无效或已过期（20秒）", "The welcome code is wrong or expired (it lives 20 seconds)"),
    (41051, "客户已收到欢迎语或已开始聊天", "The customer was greeted already or has begun to chat"),
    (41054, "成员未激活", "The member is not activated"),
    (41064, "欢迎语附件过多", "The welcome message has too many attachments"),
    (41065, "欢迎语附件类型不支持", "The welcome message has an attachment of a type that is not supported"),
    (41091, "进群方式最多关联5个群", "A join way takes at most five groups"),
    (41096, "其他应用正在发送欢迎语", "Another app is sending the welcome message"),
    (42001, "access_token 已过期", "The access token has expired"),
    (43004, "需要客户先关注", "The customer must follow first"),
    (43009, "企业未认证，请先完成企业认证", "The corp is not verified; verify it first"),
    (44001, "素材文件为空", "The file is empty"),
    (44004, "文本内容为空", "The text is empty"),
    (45001, "素材文件过大", "The file is too large"),
    (45002, "消息内容过长", "The message is too long"),
    (45007, "语音过长（最长60秒）", "The voice message is too long (60 seconds at most)"),
    (45009, "接口调用过于频繁，稍后会自动重试", "Too many calls; it will be tried again later"),
    (45029, "返回内容过大", "The answer would be too large"),
    (45033, "并发调用过多，稍后会自动重试", "Too many calls at once; it will be tried again"),
    (48001, "应用没有该接口权限", "The app may not use this interface"),
    (48002, "应用没有该接口权限，请在企业微信后台授权", "The app lacks this permission; grant it in the WeCom console"),
    (48004, "授权无效", "The grant is not valid"),
    (48006, "授权已被取消", "The grant was withdrawn"),
    (48007, "客服账号未授权给该应用，请在「微信客服-通过API管理」中授权", "The kf account is not delegated to this app; do so under WeChat kf, managed by API"),
    (50001, "域名不可信", "The domain is not trusted"),
    (50002, "成员不在应用可见范围", "The member is out of the app's range"),
    (50003, "应用已停用", "The app is disabled"),
    (60003, "部门不存在", "The department does not exist"),
    (60011, "成员或部门不在应用可见范围", "The member or department is out of the app's range"),
    (60020, "服务器IP不在可信IP列表，请在应用中添加", "This server's address is not among the app's trusted IPs; add it there"),
    (60021, "成员或部门不在应用可见范围", "The member or department is out of the app's range"),
    (60030, "部门不在应用可见范围", "The department is out of the app's range"),
    (60031, "应用被禁止调用接口", "The app is barred from the API"),
    (60111, "成员 userid 不存在", "There is no such member"),
    (60123, "部门ID无效", "The department id is not valid"),
    (81013, "接收者全部无效", "None of the recipients is valid"),
    (81017, "数量超过限制，请缩小范围", "Too many; narrow the selection"),
    (84061, "客户与企业成员没有好友关系", "No member has added this customer"),
    (84074, "没有客户联系权限", "The app or member lacks the customer-contact permission"),
    (86001, "群 chat_id 无效", "The group's chat_id is not valid"),
    (86003, "群不存在", "The group does not exist"),
    (90500, "群主未离职", "The group's owner has not left the corp"),
    (90501, "不是客户群", "This is not a customer group"),
    (90507, "群正在转接中", "The group is being handed over already"),
    (90508, "群已被继承", "The group was handed over already"),
    (95000, "客服账号 open_kfid 不合法", "The kf account's id is not valid"),
    (95001, "客户每次发言后最多可发5条，需等客户再次发言", "Five messages were sent already; the customer must write first"),
    (95002, "客户超过48小时未发言，需等客户再次发言", "The customer wrote more than 48 hours ago and must write first"),
    (95003, "可服务客户数已达上限，请完成企业认证", "The corp may serve no more customers; verify it"),
    (95004, "客服账号不存在或已删除", "The kf account does not exist or was deleted"),
    (95005, "客服账号数量已达限制", "No more kf accounts are allowed, or the last one must stay"),
    (95006, "客服账号名称不合法", "The kf account's name is not valid"),
    (95007, "凭证 code 或 token 无效或已过期", "The code or token is wrong, used or expired"),
    (95008, "菜单项过多（可点击项最多10个）", "The menu has too many items (ten that can be tapped)"),
    (95009, "菜单项类型不支持", "A menu item is of a type that is not supported"),
    (95011, "企业微信内已使用微信客服，需改用企业微信的应用", "Kf is in use inside WeCom; connect through a WeCom app"),
    (95012, "企业微信内尚未使用微信客服", "Kf is not in use inside WeCom"),
    (95013, "会话已结束，需等客户再次发言", "The session has ended; the customer must write first"),
    (95014, "该成员不是这个账号的接待人员或未激活，请换一位", "The member is no servicer of the account, or not activated; pick another"),
    (95015, "后台已配置专属服务", "The console has a dedicated service configured"),
    (95016, "不允许这样变更会话状态", "A session cannot move from its state to this one"),
    (95017, "API 功能已关闭，请在微信客服后台开启", "The API is switched off; switch it on in the kf console"),
    (95018, "当前会话状态不允许发送，或已超过48小时", "The session's state allows no sending, or 48 hours have passed"),
    (95019, "这位接待人员在企业微信里停止接待了，请换一位", "This servicer receives nobody in WeCom now; pick another"),
    (95022, "位置类型不合法", "The location's type is not valid"),
    (95023, "API 权限已授予第三方应用", "The API is delegated to a provider's app"),
    (95026, "现有客服账号使用率过低，无法新建", "The present kf accounts are hardly used; no more can be made"),
    (95027, "未认证企业最多10个客服账号", "A corp that is not verified has at most ten kf accounts"),
    (95030, "客服组件不支持该消息类型", "The kf component forbids this type of message"),
    (95031, "客户48小时内没有咨询", "The customer has not asked anything within 48 hours"),
    (95032, "客服组件的聊天记录权限已失效", "The kf component's right to chat records has lapsed"),
    (301002, "应用无权限，可能使用了错误的应用", "The app has no right to this; it may be the wrong app"),
    (301016, "语音文件无效", "The voice file is not valid"),
    (301017, "语音文件不是AMR格式", "The voice file is not AMR"),
    (830001, "文件地址无效", "The file's address is not valid"),
    (830002, "文件或分段过大", "The file or the range is too large"),
    (830003, "文件地址无法下载", "The file cannot be fetched from its address"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_code_has_words() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(
            TABLE
                .iter()
                .all(|row| !row.1.is_empty() && row.2.is_ascii())
        );
        assert!(words(95018).1.contains("48 hours"));
        assert!(is_known(-1) && !is_known(123));
        assert!(words(123).1.contains("not in our table"));
    }
}
