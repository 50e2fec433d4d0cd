//! What people are told about mini-programs.

use kefu_domain::credit;
use kefu_wechat::errors;

use crate::about::{About, WindowWords, Words};

pub(super) const ABOUT: About = About {
    name: Words::new("小程序", "Mini-program"),
    line: Words::new(
        "客户点小程序页面上的客服按钮进来",
        "Customers tap the contact button of a page",
    ),
    steps: &[
        Words::new(
            "小程序后台（mp.weixin.qq.com）→ 开发管理 → 开发设置：复制AppID，生成并复制AppSecret，把本服务器的公网IP加入IP白名单",
            "Mini-program console (mp.weixin.qq.com), development settings: copy the AppID, make an \
             AppSecret and copy it, add this server's public address to the IP list",
        ),
        Words::new(
            "开发管理 → 消息推送：填入下方的URL、Token、EncodingAESKey，选「安全模式」，数据格式JSON或XML都可以",
            "Message push: paste URL, Token and EncodingAESKey from below, choose the safe mode; \
             JSON and XML both work",
        ),
        Words::new(
            "在页面上放客服按钮：<button open-type=\"contact\" session-from=\"order:8812\">联系客服</button>，session-from 会显示给客服",
            "Put the button on a page: <button open-type=\"contact\" session-from=\"order:8812\">; \
             agents see session-from",
        ),
        Words::new(
            "新建接入点，选择这个连接和客服账号；点「测试」，再用手机点客服按钮",
            "Make an entry point for this connection and a kf account; press Test, then tap the \
             button on a phone",
        ),
        Words::new(
            "已使用微信客服时，也可以不接入这里：在小程序中调用 wx.openCustomerServiceChat({extInfo:{url}, corpId})，url 用微信客服接入点的链接",
            "If the brand uses WeChat kf, this is not needed: call wx.openCustomerServiceChat \
             ({extInfo:{url}, corpId}) with the link of the WeChat kf entry point",
        ),
    ],
    limits: &[
        Words::new(
            "欢迎语用的是进入客服会话给的条数；正在接待、48小时内来过信或收到过欢迎语的客户不再收到",
            "The welcome uses what entering grants; who is being served, or wrote or was welcomed \
             within 48 hours, gets none",
        ),
        Words::new("文字每条最多2,048字节", "A text has at most 2,048 bytes"),
        Words::new(
            "只能发送文字、图片（10MB，JPG、PNG、GIF）、链接和小程序卡片",
            "Only texts, pictures (10 MB; JPG, PNG, GIF), links and mini-program cards go out",
        ),
        Words::new(
            "session-from 最多1,000字节",
            "session-from has at most 1,000 bytes",
        ),
        Words::new(
            "平台不提供消息编号：没有收到确认的消息不会自动重发，由客服决定",
            "Messages have no id at the platform: one that is not confirmed is not sent again by \
             itself, the agent decides",
        ),
    ],
    windows: &[
        WindowWords {
            after: Words::new("客户发来消息后", "After a message of the customer"),
            grant: credit::KF_MESSAGE,
        },
        WindowWords {
            after: Words::new("客户进入客服会话后", "After entering the customer service"),
            grant: credit::ENTERED,
        },
    ],
    errors: &[
        -1, 40001, 40002, 40003, 40007, 40013, 40125, 40164, 42001, 43019, 45002, 45009, 45011,
        45015, 45047, 48001, 48002, 48004, 50002, 50007,
    ],
    words: errors::mp::words,
};
