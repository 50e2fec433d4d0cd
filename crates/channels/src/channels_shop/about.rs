//! What people are told about shops.

use kefu_domain::credit;
use kefu_wechat::errors;

use crate::about::{About, WindowWords, Words};

pub(super) const ABOUT: About = About {
    name: Words::new("微信小店", "Channels shop"),
    line: Words::new(
        "客户从小店的商品页、订单页点「联系客服」进来（自建客服接口）",
        "Customers ask from a product or an order of the shop (its own customer service API)",
    ),
    steps: &[
        Words::new(
            "微信小店后台（store.weixin.qq.com）→ 服务市场 → 经营工具 → 自研：复制AppID和AppSecret，把本服务器的公网IP加入IP白名单",
            "Shop console (store.weixin.qq.com), own development: copy AppID and AppSecret, add this \
             server's public address to the IP list",
        ),
        Words::new(
            "消息推送：填入下方的URL、Token、EncodingAESKey，选「安全模式」，订阅客服消息事件",
            "Message push: paste URL, Token and EncodingAESKey from below, choose the safe mode, \
             subscribe to customer service messages",
        ),
        Words::new(
            "新建接入点，选择这个连接和客服账号，点「测试」，确认全部正确",
            "Make an entry point for this connection and a kf account, press Test, see that all is \
             right",
        ),
        Words::new(
            "最后由小店超级管理员扫码，把客服从「工作台模式」切换到「API模式」。切换后不能退回，新咨询立即进入接口；推送地址不可用时咨询会丢失",
            "Last, the shop's super administrator scans to switch customer service to API mode. It \
             cannot be undone, new inquiries come here at once, and without a working push URL they \
             are lost",
        ),
    ],
    limits: &[
        Words::new("文字每条最多2,048字节", "A text has at most 2,048 bytes"),
        Words::new(
            "图片、视频、文件各30MB，平台保留14天",
            "Pictures, films and files up to 30 MB each, kept by the platform for 14 days",
        ),
        Words::new(
            "语音作为文件发送；链接作为文字发送；商品和订单卡片按编号发送",
            "Voice goes as a file, a link as text, products and orders by their ids",
        ),
        Words::new(
            "工作台模式下的历史记录不会转入",
            "The history of the workbench does not come over",
        ),
    ],
    windows: &[WindowWords {
        after: Words::new("客户发来消息后", "After a message of the customer"),
        grant: credit::KF_MESSAGE,
    }],
    errors: &[
        -1, 40001, 40003, 40013, 40097, 40125, 40164, 42001, 45002, 45009, 45011, 45015, 45047,
        48001, 48004,
    ],
    words: errors::mp::words,
};
