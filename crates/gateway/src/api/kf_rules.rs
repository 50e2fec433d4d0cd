//! The parts of a kf account as they are changed: hours, texts, menu, rules, survey.

use kefu_domain::{
    content::{Menu, MenuItem, SurveyOption},
    hours::Hours,
    setup::{AssignMode, Choice, LastAgent, Rules, SurveySetup, Texts},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    check,
    shapes::{AssignWord, ChoiceWord, LastAgentShape, SurveyOptionShape},
};
use crate::problem::{Answer, Problem};

/// Characters of a text at most.
const TEXT: usize = 1000;
/// Bytes of one, as many as every platform takes in one message: what a customer is told by itself is
/// never sent in parts.
const TEXT_BYTES: usize = 2_048;
/// A week.
const LONGEST_S: u32 = 604_800;

/// Checks opening hours.
pub(super) fn hours(hours: Hours) -> Answer<Hours> {
    if hours.week.len() > 50 || hours.holidays.len() > 500 || hours.extra_days.len() > 500 {
        return Err(Problem::bad(
            "hours: more than 50 spans, 500 days off or 500 extra days",
        ));
    }
    hours
        .check()
        .map_err(|what| Problem::bad(format!("hours: {what}")))?;
    Ok(hours)
}

/// Checks a menu; an empty one is none.
pub(super) fn menu(menu: Menu) -> Answer<Option<Menu>> {
    if menu.list.is_empty() && menu.head_content.trim().is_empty() {
        return Ok(None);
    }
    check::words("menu.head_content", &menu.head_content, TEXT)?;
    check::words("menu.tail_content", &menu.tail_content, TEXT)?;
    if menu.list.len() > 50 {
        return Err(Problem::bad("menu.list: more than 50"));
    }
    for item in &menu.list {
        let label = match item {
            MenuItem::Click { click } => {
                check::token("menu.list.click.id", &click.id, 128)?;
                &click.content
            }
            MenuItem::View { view } => {
                check::url("menu.list.view.url", &view.url)?;
                &view.content
            }
            MenuItem::MiniProgram { miniprogram } => {
                check::token("menu.list.miniprogram.appid", &miniprogram.appid, 32)?;
                &miniprogram.content
            }
            MenuItem::Text { text } => &text.content,
        };
        if label.trim().is_empty() {
            return Err(Problem::bad("menu.list: an item without words"));
        }
        check::words("menu.list", label, 128)?;
    }
    Ok(Some(menu))
}

/// What a kf account says by itself; an empty text says nothing. Up to 1,000 characters and 2,048 bytes
/// each.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TextsBody {
    /// On entering.
    welcome: Option<String>,
    /// On joining the queue; `{place}` and `{minutes}` are filled in.
    queue: Option<String>,
    /// On joining the queue with nobody ahead; `{minutes}` is filled in.
    queue_next: Option<String>,
    /// Somebody has them now in the platform's own client; `{name}` is filled in.
    picked_up: Option<String>,
    /// Outside hours.
    off_hours: Option<String>,
    /// Outside hours: when an answer may be expected.
    promise: Option<String>,
    /// When the queue is full.
    full: Option<String>,
    /// At the end.
    closing: Option<String>,
    /// Before silence ends the session; `{minutes}` is filled in.
    warn: Option<String>,
}

impl TextsBody {
    pub(super) fn apply(self, texts: &mut Texts) -> Answer<()> {
        let given = [
            ("texts.welcome", self.welcome, &mut texts.welcome),
            ("texts.queue", self.queue, &mut texts.queue),
            ("texts.queue_next", self.queue_next, &mut texts.queue_next),
            ("texts.picked_up", self.picked_up, &mut texts.picked_up),
            ("texts.off_hours", self.off_hours, &mut texts.off_hours),
            ("texts.promise", self.promise, &mut texts.promise),
            ("texts.full", self.full, &mut texts.full),
            ("texts.closing", self.closing, &mut texts.closing),
            ("texts.warn", self.warn, &mut texts.warn),
        ];
        for (field, text, place) in given {
            if let Some(text) = text {
                let text = check::words(field, &text, TEXT)?;
                if text.len() > TEXT_BYTES {
                    return Err(Problem::bad(format!(
                        "{field}: has more than {TEXT_BYTES} bytes"
                    )));
                }
                *place = text;
            }
        }
        Ok(())
    }
}

/// Rules of reception. Times of 0 switch a rule off; the longest is a week.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesBody {
    #[schema(value_type = Option<AssignWord>)]
    assign: Option<AssignMode>,
    #[schema(value_type = Option<ChoiceWord>)]
    choice: Option<Choice>,
    /// The customer's owner first.
    prefer_owner: Option<bool>,
    #[schema(value_type = Option<LastAgentShape>)]
    last_agent: Option<LastAgent>,
    /// Time to accept an offer, 1 to 3,600.
    accept_timeout_s: Option<u32>,
    /// No answer for so long: back to the queue.
    reply_timeout_s: Option<u32>,
    /// The promise that the console shows.
    reply_target_s: Option<u32>,
    /// The promise for waiting.
    wait_target_s: Option<u32>,
    /// Silence of the customer until the warning.
    silence_warn_s: Option<u32>,
    /// Silence after the warning until the end.
    silence_end_s: Option<u32>,
    /// Words that ask for a human.
    ask_human_words: Option<Vec<String>>,
    /// What an agent must be able to do.
    required_skills: Option<Vec<String>>,
    /// Customers in the queue at most, 1 to 1,000,000. Who comes to a full queue is told `texts.full`;
    /// what they write is kept and joins the queue by itself once there is room.
    max_waiting: Option<u32>,
}

impl RulesBody {
    pub(super) fn apply(self, rules: &mut Rules) -> Answer<()> {
        rules.assign = self.assign.unwrap_or(rules.assign);
        rules.choice = self.choice.unwrap_or(rules.choice);
        rules.prefer_owner = self.prefer_owner.unwrap_or(rules.prefer_owner);
        if let Some(last) = self.last_agent {
            check::number("rules.last_agent.wait_s", last.wait_s, 0..=LONGEST_S)?;
            rules.last_agent = last;
        }
        let numbers = [
            (
                "rules.accept_timeout_s",
                self.accept_timeout_s,
                1..=3600,
                &mut rules.accept_timeout_s,
            ),
            (
                "rules.reply_timeout_s",
                self.reply_timeout_s,
                0..=LONGEST_S,
                &mut rules.reply_timeout_s,
            ),
            (
                "rules.reply_target_s",
                self.reply_target_s,
                0..=LONGEST_S,
                &mut rules.reply_target_s,
            ),
            (
                "rules.wait_target_s",
                self.wait_target_s,
                0..=LONGEST_S,
                &mut rules.wait_target_s,
            ),
            (
                "rules.silence_warn_s",
                self.silence_warn_s,
                0..=LONGEST_S,
                &mut rules.silence_warn_s,
            ),
            (
                "rules.silence_end_s",
                self.silence_end_s,
                0..=LONGEST_S,
                &mut rules.silence_end_s,
            ),
            (
                "rules.max_waiting",
                self.max_waiting,
                1..=1_000_000,
                &mut rules.max_waiting,
            ),
        ];
        for (field, given, range, place) in numbers {
            if let Some(given) = given {
                *place = check::number(field, given, range)?;
            }
        }
        if let Some(words) = self.ask_human_words {
            rules.ask_human_words = check::tags("rules.ask_human_words", &words, 50)?;
        }
        if let Some(skills) = self.required_skills {
            rules.required_skills = check::tags("rules.required_skills", &skills, 50)?;
        }
        Ok(())
    }
}

/// The satisfaction survey.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SurveyBody {
    enabled: Option<bool>,
    /// At most 200 characters.
    question: Option<String>,
    /// Two to five, each score once.
    #[schema(value_type = Option<Vec<SurveyOptionShape>>)]
    options: Option<Vec<SurveyOption>>,
}

impl SurveyBody {
    pub(super) fn apply(self, survey: &mut SurveySetup) -> Answer<()> {
        survey.enabled = self.enabled.unwrap_or(survey.enabled);
        if let Some(question) = self.question {
            survey.question = check::line("survey.question", &question, 200)?;
        }
        if let Some(options) = self.options {
            let mut scores: Vec<u8> = options.iter().map(|option| option.score).collect();
            scores.sort_unstable();
            scores.dedup();
            let fits =
                scores.len() == options.len() && scores.iter().all(|score| (1..=5).contains(score));
            if !fits || !(2..=5).contains(&options.len()) {
                return Err(Problem::bad(
                    "survey.options: two to five, each score from 1 to 5 once",
                ));
            }
            for option in &options {
                check::name("survey.options.label", &option.label)?;
            }
            survey.options = options;
        }
        if survey.enabled && survey.question.is_empty() {
            return Err(Problem::bad("survey.question: is empty"));
        }
        Ok(())
    }
}
