//! What people are told about WeChat kf.

use kefu_domain::credit;
use kefu_wechat::errors;

use crate::about::{About, WindowWords, Words};

pub(super) const ABOUT: About = About {
    name: Words::new("微信客服", "WeChat kf"),
    line: Words::new(
        "客户从视频号、微信内链接、二维码、搜索、微信支付凭证进来",
        "Customers come from Channels, links, codes, search and payment receipts in WeChat",
    ),
    steps: &[
        Words::new(
            "企业微信管理后台 → 我的企业：复制企业ID",
            "WeCom admin console, My Company: copy the corp ID",
        ),
        Words::new(
            "应用管理 → 自建应用：复制AgentId和Secret，并在「企业可信IP」中加入本服务器的IP",
            "App Management, your self-built app: copy AgentId and Secret, and add this server to \
             its trusted IPs",
        ),
        Words::new(
            "应用 → 接收消息 → 设置API接收：填入下方的URL、Token、EncodingAESKey并保存",
            "The app, Receive Messages, API settings: paste URL, Token and EncodingAESKey from \
             below and save",
        ),
        Words::new(
            "微信客服 → 可调用接口的应用：加入该应用；再把客服账号授权给它",
            "WeChat kf, apps that may call the API: add the app, then delegate kf accounts to it",
        ),
        Words::new(
            "（选填）有小程序的，填它的AppID和页面：服务专员和粉丝群就发成小程序卡片，客户打开没打开也看得到",
            "With a mini-program of yours, give its AppID and page: specialists and groups go out as \
             its cards, and whether customers open them is seen",
        ),
        Words::new(
            "点「测试」，逐行看是否正确；然后为每个客服账号新建接入点",
            "Press Test and read line by line; then make an entry point for each kf account",
        ),
    ],
    limits: &[
        Words::new("文字每条最多2,048字节", "A text has at most 2,048 bytes"),
        Words::new(
            "图片10MB（JPG、PNG），语音2MB（AMR），视频10MB（MP4），文件20MB；其他格式作为文件发送",
            "Pictures 10 MB (JPG, PNG), voice 2 MB (AMR), films 10 MB (MP4), files 20 MB; what has \
             another format goes as a file",
        ),
        Words::new(
            "每个接口每分钟10,000次、每小时150,000次；Kefu 自动控制在此之下",
            "10,000 calls a minute and 150,000 an hour of each API; Kefu stays below",
        ),
        Words::new(
            "欢迎语须在客户进入后20秒内发出",
            "A welcome goes out within 20 seconds of entering",
        ),
    ],
    windows: &[WindowWords {
        after: Words::new("客户发来消息后", "After a message of the customer"),
        grant: credit::KF_MESSAGE,
    }],
    errors: &[
        -1, 40001, 40013, 40091, 40201, 42001, 45009, 45033, 48001, 48002, 48007, 60020, 95001,
        95002, 95003, 95004, 95013, 95017, 95018, 95030,
    ],
    words: errors::words,
};
