//! A channel as data: what people are told about it, in the console's set-up page and in
//! `CHANNELS.md`. Every word stands in the channel's own folder; nothing here knows one of them.

use std::fmt::Write as _;

use kefu_domain::{Capabilities, credit::Grant};

use crate::{Channel, SetupField};

/// The same in two languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// 简体中文.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Words {
    /// Both of them.
    #[must_use]
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }
}

/// How long and how often somebody may be written to after something they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowWords {
    /// What they did.
    pub after: Words,
    /// What it grants.
    pub grant: Grant,
}

/// What there is to know of a channel before it is set up, and while it works.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// What it is called.
    pub name: Words,
    /// One line: who comes through it.
    pub line: Words,
    /// Setting it up, in order, with where to click at the platform.
    pub steps: &'static [Words],
    /// Limits that an administrator or an agent runs into.
    pub limits: &'static [Words],
    /// When one may write.
    pub windows: &'static [WindowWords],
    /// Codes that a failed message or a test may show.
    pub errors: &'static [i64],
    /// What such a code means and what to do: Chinese, English.
    pub words: fn(i64) -> (&'static str, &'static str),
}

/// The words of a channel without codes of its own.
pub(crate) fn no_words(_code: i64) -> (&'static str, &'static str) {
    ("", "")
}

/// All channels as one page of Markdown, in the order given.
pub(crate) fn markdown<'a>(channels: impl Iterator<Item = &'a dyn Channel>) -> String {
    let mut page = String::from(
        "# Channels (渠道)\n\nWritten by `kefu channels` from each channel's own folder; change it there.\n",
    );
    for channel in channels {
        chapter(&mut page, channel);
    }
    page
}

fn chapter(page: &mut String, channel: &dyn Channel) {
    let (about, kind) = (channel.about(), channel.kind());
    let Words { zh, en } = about.name;
    // Writing to a string never fails.
    let _ = write!(
        page,
        "\n## {zh} · {en} (`{kind}`)\n\n{}\n{}\n",
        about.line.zh, about.line.en
    );
    list(page, "Setting it up (接入步骤)", about.steps, true);
    fields(page, channel.fields());
    let windows: Vec<String> = about.windows.iter().map(window).collect();
    capabilities(page, channel.capabilities(), &windows);
    list(page, "Limits (限制)", about.limits, false);
    errors(page, about);
}

fn list(page: &mut String, title: &str, lines: &[Words], numbered: bool) {
    if lines.is_empty() {
        return;
    }
    let _ = write!(page, "\n### {title}\n\n");
    for (n, Words { zh, en }) in lines.iter().enumerate() {
        let mark = match numbered {
            true => format!("{}.", n + 1),
            false => "-".to_owned(),
        };
        let _ = writeln!(page, "{mark} {zh}\n   {en}");
    }
}

fn fields(page: &mut String, fields: &[SetupField]) {
    if fields.is_empty() {
        return;
    }
    page.push_str("\n### Fields (字段)\n\n| field | from | what |\n|---|---|---|\n");
    for field in fields {
        let from = match (field.ours, field.secret) {
            (true, _) => "Kefu",
            (_, true) => "the platform, secret",
            _ => "the platform",
        };
        let _ = writeln!(
            page,
            "| `{}` | {from} | {}<br>{} |",
            field.name, field.text_zh, field.text_en
        );
    }
}

fn window(window: &WindowWords) -> String {
    let WindowWords { after, grant } = window;
    let (n, seconds) = (grant.messages, grant.lasts_ms / 1_000);
    let (zh, en) = match seconds {
        s if s % 3_600 == 0 => (format!("{}小时", s / 3_600), format!("{} hours", s / 3_600)),
        s => (format!("{s}秒"), format!("{s} seconds")),
    };
    format!(
        "- {}：{zh}内{n}条\n   {}: {n} within {en}\n",
        after.zh, after.en
    )
}

fn capabilities(page: &mut String, can: &Capabilities, windows: &[String]) {
    let _ = write!(
        page,
        "\n### What goes out (可发送)\n\n`{}`\n",
        can.outgoing.join("` `")
    );
    if let Some(bytes) = can.text_bytes {
        let _ = write!(
            page,
            "\nOne text has at most {bytes} bytes; longer ones are split.\n"
        );
    }
    if !windows.is_empty() {
        page.push_str("\n### When (时间窗口)\n\n");
        page.extend(windows.iter().map(String::as_str));
    }
}

fn errors(page: &mut String, about: &About) {
    if about.errors.is_empty() {
        return;
    }
    page.push_str("\n### Error codes (错误码)\n\n| code | meaning |\n|---|---|\n");
    for code in about.errors {
        let (zh, en) = (about.words)(*code);
        let _ = writeln!(page, "| {code} | {zh}<br>{en} |");
    }
}

#[cfg(test)]
mod tests {
    use crate::Channels;

    fn all() -> Channels {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = std::sync::Arc::new(std::time::Instant::now);
        Channels::all(kefu_wechat::client::Client::new(Default::default(), clock).unwrap())
    }

    #[test]
    fn the_page_of_all_channels_is_what_the_channels_say() {
        let written = include_str!("../CHANNELS.md");
        assert!(
            all().markdown() == written,
            "CHANNELS.md is old: run `kefu channels > crates/channels/CHANNELS.md`"
        );
    }

    #[test]
    fn every_channel_speaks_for_itself_in_two_languages() {
        for channel in all().iter() {
            let (kind, about) = (channel.kind(), channel.about());
            let lines = about.steps.iter().chain(about.limits);
            let after = about.windows.iter().map(|window| &window.after);
            for words in [&about.name, &about.line]
                .into_iter()
                .chain(lines)
                .chain(after)
            {
                assert!(
                    !words.zh.is_empty() && words.en.is_ascii(),
                    "{kind}: {words:?}"
                );
                assert!(!words.en.is_empty(), "{kind}: {words:?}");
            }
            assert!(!about.steps.is_empty(), "{kind}");
            for code in about.errors {
                let (zh, en) = (about.words)(*code);
                assert!(
                    !zh.is_ascii() && en.is_ascii(),
                    "{kind} {code}: {zh} / {en}"
                );
            }
            let grant = about.windows.first().map(|window| window.grant);
            assert_eq!(grant, channel.capabilities().credits, "{kind}");
        }
    }
}
