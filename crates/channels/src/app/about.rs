//! What people are told about apps.

use crate::about::{About, Words, no_words};
use crate::website::LIMITS;

pub(super) const ABOUT: About = About {
    name: Words::new("App", "App"),
    line: Words::new(
        "自有App（iOS、Android、鸿蒙）内的客服，通过访客协议或网页组件接入",
        "Customer service inside your own app, by the visitor protocol or a web view",
    ),
    steps: &[
        Words::new(
            "新建接入点，把接入点编号交给App的开发者",
            "Make an entry point and give its id to the developers of the app",
        ),
        Words::new(
            "开发者按访客协议（PROTOCOL.md 第3节）接入，并用品牌的身份密钥签名用户编号",
            "They follow the visitor protocol (PROTOCOL.md, section 3) and sign the user's id with \
             the brand's identity key",
        ),
    ],
    limits: LIMITS,
    windows: &[],
    errors: &[],
    words: no_words,
};
