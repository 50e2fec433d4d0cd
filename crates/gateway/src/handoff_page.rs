//! The page behind a handoff's link: whom the customer would add or which group they would join, and
//! the code to scan. One page without scripts, so that it opens in any browser and in WeChat.

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use kefu_domain::content::HandoffCard;
use kefu_store::MediaRow;

/// Does this browser ask for Chinese before English? Who asks for nothing reads Chinese.
pub(crate) fn reads_chinese(headers: &HeaderMap) -> bool {
    let asked = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_lowercase();
    let first = |tag: &str| asked.find(tag).unwrap_or(usize::MAX);
    first("zh") <= first("en")
}

/// Text as HTML shows it.
fn escape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\'' => "&#39;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#eff2f1;--card:#fff;--ink:#17201e;--soft:#5b6764;--line:#d9dfdd;--act:#17587f}\
@media(prefers-color-scheme:dark){:root{--ground:#12181a;--card:#20292b;--ink:#e7ecea;--soft:#94a19d;--line:#2b3638;--act:#86c3e3}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px 16px;background:var(--ground);color:var(--ink);\
font:15px/24px -apple-system,'Segoe UI','PingFang SC','HarmonyOS Sans SC','Microsoft YaHei UI','Noto Sans CJK SC',sans-serif}\
main{width:100%;max-width:340px;background:var(--card);border:1px solid var(--line);border-radius:18px;padding:24px;text-align:center}\
h1{margin:0;font-size:20px;line-height:28px;font-weight:600}p{margin:4px 0 0;color:var(--soft)}\
figure{margin:20px auto 0;width:216px}img{width:216px;height:216px;border-radius:11px;background:#fff;padding:8px}\
figcaption{margin-top:8px;font-size:13px;line-height:20px;color:var(--soft)}\
nav{display:flex;flex-wrap:wrap;gap:8px;justify-content:center;margin-top:20px}\
a{color:var(--act);min-height:44px;padding:10px 14px;border:1px solid var(--line);border-radius:11px;text-decoration:none}";

fn page(chinese: bool, title: &str, body: &str) -> String {
    let lang = if chinese { "zh-CN" } else { "en" };
    let title = escape(title);
    format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
}

/// The card with its code.
pub(crate) fn card(card: &HandoffCard, code: Option<(MediaRow, Bytes)>, chinese: bool) -> String {
    let about: Vec<&str> = [card.title.as_str(), card.company.as_str()]
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect();
    let mut body = format!("<h1><bdi>{}</bdi></h1>", escape(&card.name));
    for line in [about.join(" · "), card.line.clone()] {
        if !line.is_empty() {
            body.push_str(&format!("<p>{}</p>", escape(&line)));
        }
    }
    let group = card.kind == "fan_group";
    let how = match (chinese, group) {
        (true, false) => "在微信里长按二维码，添加为联系人",
        (true, true) => "在微信里长按二维码，加入群聊",
        (false, false) => "Press the code in WeChat to add this contact",
        (false, true) => "Press the code in WeChat to join the group",
    };
    match code {
        Some((row, bytes)) => {
            let picture = STANDARD.encode(&bytes);
            let alt = if chinese { "二维码" } else { "QR code" };
            body.push_str(&format!(
                "<figure><img alt=\"{alt}\" src=\"data:{};base64,{picture}\"><figcaption>{how}</figcaption></figure>",
                escape(&row.mime)
            ));
        }
        None => body.push_str(&format!(
            "<p>{}</p>",
            if chinese {
                "请回到对话里扫码"
            } else {
                "Please scan the code in the chat"
            }
        )),
    }
    let safe = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    let links: String = card
        .links
        .iter()
        .filter(|link| safe(&link.url))
        .map(|link| {
            format!(
                "<a rel=\"noopener\" href=\"{}\">{}</a>",
                escape(&link.url),
                escape(&link.title)
            )
        })
        .collect();
    if !links.is_empty() {
        body.push_str(&format!("<nav>{links}</nav>"));
    }
    page(chinese, &card.name, &body)
}

/// There is nothing to follow any more.
pub(crate) fn lapsed(chinese: bool) -> String {
    let (title, line) = if chinese {
        ("这个邀请已经失效", "请回到对话里，让接待人员再发一次。")
    } else {
        (
            "This invitation has lapsed",
            "Please go back to the chat and ask for another.",
        )
    };
    page(chinese, title, &format!("<h1>{title}</h1><p>{line}</p>"))
}

#[cfg(test)]
mod tests {
    use kefu_domain::content::CardLink;

    use super::*;

    #[test]
    fn what_people_wrote_is_text_and_only_web_addresses_are_links() {
        let link = |title: &str, url: &str| CardLink {
            title: title.to_owned(),
            url: url.to_owned(),
        };
        let html = card(
            &HandoffCard {
                name: "<img src=x onerror=alert(1)>".to_owned(),
                line: "\"&'".to_owned(),
                links: vec![
                    link("商城", "https://example.com/a?b=1&c=2"),
                    link("bad", "javascript:alert(1)"),
                ],
                ..HandoffCard::default()
            },
            None,
            true,
        );
        assert!(!html.contains("<img") && !html.contains("javascript:"));
        assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"));
        assert!(html.contains("&quot;&amp;&#39;"));
        assert!(html.contains("href=\"https://example.com/a?b=1&amp;c=2\""));
    }

    #[test]
    fn the_browser_chooses_the_language() {
        let asks = |list: &str| {
            let mut headers = HeaderMap::new();
            if !list.is_empty() {
                headers.insert(header::ACCEPT_LANGUAGE, list.parse().unwrap());
            }
            reads_chinese(&headers)
        };
        assert!(asks("") && asks("zh-CN,zh;q=0.9,en;q=0.8") && asks("fr"));
        assert!(!asks("en-GB,en;q=0.9,zh;q=0.1"));
    }
}
