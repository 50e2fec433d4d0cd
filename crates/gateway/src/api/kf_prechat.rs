//! What a kf account asks before the first message, as it is changed.

use kefu_domain::prechat::{
    ANSWERED_AT, CONSENT_AT, CONSENT_TO, Kind, OPTIONS, PreChat, QUESTIONS, Question,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::check;
use crate::problem::{Answer, Problem};

/// Characters of the lines around the form at most.
const LINE: usize = 200;
/// Characters of a label at most; it is also the attribute's name.
const LABEL: usize = 40;

/// What is asked before the first message; what is left out stays as it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreChatBody {
    enabled: Option<bool>,
    /// Said over the form, at most 200 characters; empty: the page's own words.
    lead: Option<String>,
    /// At most six, each with a label of its own.
    fields: Option<Vec<QuestionShape>>,
    consent: Option<ConsentShape>,
}

/// One question.
#[derive(Deserialize, ToSchema)]
#[schema(as = Question)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionShape {
    #[schema(value_type = KindWord)]
    kind: Kind,
    /// Shown, and the name of the attribute, at most 40 characters. `name`, `phone` and `email` may
    /// do without: the page says them in the customer's language.
    #[serde(default)]
    label: String,
    #[serde(default)]
    required: bool,
    /// Of a `choice`: 2 to 20.
    #[serde(default)]
    options: Vec<String>,
}

/// What is asked for.
#[derive(ToSchema)]
#[schema(as = QuestionKind, rename_all = "snake_case")]
#[expect(dead_code, reason = "it only describes the words")]
pub(super) enum KindWord {
    Name,
    Phone,
    Email,
    Text,
    Choice,
}

/// A line that has to be agreed to. Both empty: none.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = Consent)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConsentShape {
    /// At most 200 characters; empty: the page's own words.
    text: String,
    /// The privacy page, `https://…`.
    url: String,
}

/// What is asked before the first message.
#[derive(ToSchema)]
#[schema(as = PreChat)]
#[expect(dead_code, reason = "it only describes the shape")]
pub(super) struct PreChatShape {
    enabled: bool,
    lead: String,
    fields: Vec<QuestionShape>,
    consent: ConsentShape,
}

impl PreChatBody {
    pub(super) fn apply(self, form: &mut PreChat) -> Answer<()> {
        form.enabled = self.enabled.unwrap_or(form.enabled);
        if let Some(lead) = self.lead {
            form.lead = check::words("prechat.lead", &lead, LINE)?;
        }
        if let Some(consent) = self.consent {
            form.consent.text = check::words("prechat.consent.text", &consent.text, LINE)?;
            if !consent.url.is_empty() {
                check::url("prechat.consent.url", &consent.url)?;
            }
            form.consent.url = consent.url;
        }
        if let Some(fields) = self.fields {
            if fields.len() > QUESTIONS {
                return bad(format!("more than {QUESTIONS}"));
            }
            form.fields = fields.into_iter().map(question).collect::<Answer<_>>()?;
            let mut names: Vec<&str> = form.fields.iter().map(Question::name).collect();
            names.sort_unstable();
            names.dedup();
            if names.len() != form.fields.len() {
                return bad("two have the same label");
            }
        }
        if form.enabled && form.fields.is_empty() && !form.consent.asked() {
            return bad("nothing is asked");
        }
        Ok(())
    }
}

fn question(given: QuestionShape) -> Answer<Question> {
    let label = check::line("prechat.fields.label", &given.label, LABEL)?;
    let options = check::tags("prechat.fields.options", &given.options, OPTIONS)?;
    let choice = given.kind == Kind::Choice;
    if label.is_empty() && matches!(given.kind, Kind::Text | Kind::Choice) {
        return bad("a question without words");
    }
    if choice && options.len() < 2 {
        return bad("a choice needs two options");
    }
    // These names say when and to what; no answer may stand in their place.
    if [ANSWERED_AT, CONSENT_AT, CONSENT_TO].contains(&label.as_str()) {
        return bad("this label is taken");
    }
    Ok(Question {
        kind: given.kind,
        label,
        required: given.required,
        options: if choice { options } else { Vec::new() },
    })
}

fn bad<T>(why: impl std::fmt::Display) -> Answer<T> {
    Err(Problem::bad(format!("prechat.fields: {why}")))
}
