//! What people are told about official accounts.

use kefu_domain::credit;
use kefu_wechat::errors;

use crate::about::{About, WindowWords, Words};

pub(super) const ABOUT: About = About {
    name: Words::new("公众号", "Official account"),
    line: Words::new(
        "关注者在公众号里发消息、点菜单、扫带参数的二维码进来",
        "Followers write to the account, tap its menu, or scan a code with a scene",
    ),
    steps: &[
        Words::new(
            "微信开发者平台（developers.weixin.qq.com）→ 我的业务 → 公众号：复制AppID，生成并复制AppSecret",
            "WeChat developer platform (developers.weixin.qq.com), your official account: copy the \
             AppID, make an AppSecret and copy it",
        ),
        Words::new(
            "同一页面 →「IP白名单」：加入本服务器的公网IP",
            "The same page, IP list: add this server's public address",
        ),
        Words::new(
            "「消息与事件推送」：填入下方的URL、Token、EncodingAESKey，加密方式选「安全模式」，提交后启用",
            "Message push: paste URL, Token and EncodingAESKey from below, choose the safe mode, \
             submit and enable it",
        ),
        Words::new(
            "新建接入点，选择这个连接和客服账号；它的页面上可以生成带场景值的二维码",
            "Make an entry point for this connection and a kf account; its page makes codes with a scene",
        ),
        Words::new(
            "点「测试」，逐行看是否正确；再用手机给公众号发一句话",
            "Press Test and read line by line; then write to the account from a phone",
        ),
    ],
    limits: &[
        Words::new(
            "欢迎语用的是关注给的条数；正在接待、48小时内来过信或收到过欢迎语的客户不再收到",
            "The welcome uses what following grants; who is being served, or wrote or was welcomed \
             within 48 hours, gets none",
        ),
        Words::new("文字每条最多2,048字节", "A text has at most 2,048 bytes"),
        Words::new(
            "图片10MB（JPG、PNG、GIF），语音2MB、60秒（AMR、MP3），视频10MB（MP4）；不能发送其他文件",
            "Pictures 10 MB (JPG, PNG, GIF), voice 2 MB and 60 s (AMR, MP3), films 10 MB (MP4); no \
             other files",
        ),
        Words::new(
            "链接卡片只能有一篇；小程序卡片要先关联小程序",
            "A link card has one article; a mini-program must be linked before its card is sent",
        ),
        Words::new(
            "平台不提供消息编号：没有收到确认的消息不会自动重发，由客服决定",
            "Messages have no id at the platform: one that is not confirmed is not sent again by \
             itself, the agent decides",
        ),
        Words::new(
            "平台不再提供关注者的昵称和头像",
            "The platform no longer tells names and portraits of followers",
        ),
    ],
    windows: &[
        WindowWords {
            after: Words::new("客户发来消息后", "After a message of the customer"),
            grant: credit::KF_MESSAGE,
        },
        WindowWords {
            after: Words::new(
                "客户关注、扫码、点击菜单后",
                "After following, scanning or tapping the menu",
            ),
            grant: credit::GESTURE,
        },
    ],
    errors: &[
        -1, 40001, 40003, 40007, 40013, 40125, 40164, 42001, 43004, 43019, 45002, 45008, 45009,
        45011, 45015, 45047, 45064, 48001, 48002, 48004, 50002, 50007,
    ],
    words: errors::mp::words,
};
