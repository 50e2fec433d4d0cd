//! What people are told about the website.

use crate::about::{About, Words, no_words};

pub(super) const ABOUT: About = About {
    name: Words::new("网站", "Website"),
    line: Words::new(
        "访客通过网页右下角的聊天窗口、聊天页面或二维码进来",
        "Visitors come through the widget of a site, the hosted page, or its code",
    ),
    steps: &[
        Words::new(
            "新建接入点，填写允许嵌入的网站，例如 https://shop.example.com；只用聊天页面时留空",
            "Make an entry point and list the sites that may embed it, such as \
             https://shop.example.com; none for the hosted page alone",
        ),
        Words::new(
            "把给出的一行代码粘贴到网站每个页面的 </body> 之前",
            "Paste the line that is given before </body> of every page of the site",
        ),
        Words::new(
            "打开网站，发一句话，在「等待」里看到它",
            "Open the site, say something, and find it among those who wait",
        ),
    ],
    limits: LIMITS,
    windows: &[],
    errors: &[],
    words: no_words,
};

/// The same for every door that speaks the visitor protocol.
pub(crate) const LIMITS: &[Words] = &[
    Words::new("文字最多4,096个字", "A text has at most 4,096 characters"),
    Words::new("文件最大30MB", "A file has at most 30 MB"),
];
