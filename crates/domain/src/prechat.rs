//! What a customer is asked before the first message (询前信息): the questions, what counts as an
//! answer to them, and under which names answers become the customer's attributes. It does not know
//! who asks, nor where answers are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::UnixMs;

/// Questions in one form at most.
pub const QUESTIONS: usize = 6;
/// Choices of one question at most.
pub const OPTIONS: usize = 20;
/// Characters of an answer in the customer's own words at most.
pub const ANSWER_CHARS: usize = 500;
/// The attribute that says when a form was answered, RFC 3339.
pub const ANSWERED_AT: &str = "prechat_at";
/// The attribute that says when the customer agreed, RFC 3339.
pub const CONSENT_AT: &str = "consent_at";
/// The attribute that says to what: the words and the address that stood there.
pub const CONSENT_TO: &str = "consent_to";

/// A time as an attribute tells it, to the second.
#[must_use]
pub fn stamp(now: UnixMs) -> String {
    let at = jiff::Timestamp::from_second(now.div_euclid(1000));
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// What a kf account asks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PreChat {
    /// Asked at all.
    pub enabled: bool,
    /// Said over the form; empty: the page's own words.
    pub lead: String,
    /// The questions, [`QUESTIONS`] at most, each with a name of its own.
    pub fields: Vec<Question>,
    /// What the customer agrees to.
    pub consent: Consent,
}

/// A line that must be agreed to, and the page it speaks of. Both empty: none is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consent {
    /// The line; empty: the page's own words.
    pub text: String,
    /// The privacy page.
    pub url: String,
}

impl Consent {
    /// Is there anything to agree to?
    #[must_use]
    pub fn asked(&self) -> bool {
        !self.text.is_empty() || !self.url.is_empty()
    }

    /// What was agreed to, in one text that can be kept.
    #[must_use]
    pub fn words(&self) -> String {
        let both = format!("{} {}", self.text, self.url);
        both.trim().chars().take(ANSWER_CHARS).collect()
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked for.
    pub kind: Kind,
    /// Shown, and the name of the attribute. May be empty where the kind says it all: then the page
    /// says it in the customer's language.
    #[serde(default)]
    pub label: String,
    /// Without an answer nothing begins.
    #[serde(default)]
    pub required: bool,
    /// Of a choice.
    #[serde(default)]
    pub options: Vec<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What to call them.
    Name,
    /// A number that can be called.
    Phone,
    /// An address for letters.
    Email,
    /// Their own words.
    Text,
    /// One of a few.
    Choice,
}

impl Kind {
    /// The name of the attribute where the question has no label; none where it needs one.
    const fn word(self) -> Option<&'static str> {
        match self {
            Self::Name => Some("name"),
            Self::Phone => Some("phone"),
            Self::Email => Some("email"),
            Self::Text | Self::Choice => None,
        }
    }
}

impl Question {
    /// The attribute that keeps the answer.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.kind.word() {
            Some(word) if self.label.is_empty() => word,
            _ => &self.label,
        }
    }

    /// Could this be meant?
    fn fits(&self, answer: &str) -> bool {
        let chars = answer.chars().count();
        if answer.chars().any(|c| c.is_control() && c != '\n') || chars > ANSWER_CHARS {
            return false;
        }
        match self.kind {
            Kind::Name => chars <= 64 && !answer.contains('\n'),
            Kind::Phone => phone(answer),
            Kind::Email => email(answer),
            Kind::Text => true,
            Kind::Choice => self.options.iter().any(|option| option == answer),
        }
    }
}

/// 5 to 15 digits, as people set them apart.
fn phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('+').unwrap_or(text);
    let set = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '.' | '-');
    (5..=15).contains(&digits) && text.len() <= 25 && rest.chars().all(set)
}

fn email(text: &str) -> bool {
    let Some((person, host)) = text.split_once('@') else {
        return false;
    };
    let named = !person.is_empty() && host.contains('.') && !host.contains('@');
    named
        && text.len() <= 254
        && !text.contains(char::is_whitespace)
        && host.split('.').all(|part| !part.is_empty())
}

/// What is known of a customer before they are asked.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Facts by name.
    pub attributes: BTreeMap<String, String>,
    /// They have a name that is theirs.
    pub named: bool,
    /// Their number stands on their card.
    pub phoned: bool,
    /// The brand vouches for who they are.
    pub signed: bool,
}

impl Known {
    fn answers(&self, question: &Question) -> bool {
        let by_kind = match question.kind {
            Kind::Name => self.named,
            Kind::Phone => self.phoned,
            Kind::Email | Kind::Text | Kind::Choice => false,
        };
        let word = question.kind.word();
        let fact = |name: &str| {
            self.attributes
                .get(name)
                .is_some_and(|fact| !fact.is_empty())
        };
        by_kind || fact(question.name()) || word.is_some_and(fact)
    }
}

/// Why answers are not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nobody asked that.
    Unknown(String),
    /// It is required.
    Missing(String),
    /// It cannot be meant.
    Invalid(String),
    /// They have not agreed.
    NoConsent,
}

impl PreChat {
    /// What remains to be asked of this customer, if anything: what is not known. Who answered
    /// before, or is vouched for, is asked for what is required only; and who is vouched for and
    /// lacks nothing required is not asked to agree either, because the brand that signs for them
    /// has dealt with them already.
    #[must_use]
    pub fn due(&self, known: &Known) -> Option<Self> {
        if !self.enabled {
            return None;
        }
        let before = known.signed || known.attributes.contains_key(ANSWERED_AT);
        let open =
            |question: &&Question| !known.answers(question) && (question.required || !before);
        let fields: Vec<_> = self.fields.iter().filter(open).cloned().collect();
        let agreed = known.attributes.contains_key(CONSENT_AT);
        let quiet = agreed || (known.signed && fields.is_empty());
        let consent = if quiet {
            Consent::default()
        } else {
            self.consent.clone()
        };
        (!fields.is_empty() || consent.asked()).then(|| Self {
            fields,
            consent,
            ..self.clone()
        })
    }

    /// The answers to keep, by attribute. `due` is what had to be asked.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn read(
        &self,
        due: &Self,
        given: BTreeMap<String, String>,
        agreed: bool,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut kept = BTreeMap::new();
        for (name, answer) in given {
            let Some(question) = self.fields.iter().find(|field| field.name() == name) else {
                return Err(Fault::Unknown(name));
            };
            let answer = answer.trim();
            if answer.is_empty() {
                continue;
            }
            if !question.fits(answer) {
                return Err(Fault::Invalid(name));
            }
            kept.insert(name, answer.to_owned());
        }
        let missing = |field: &&Question| field.required && !kept.contains_key(field.name());
        if let Some(field) = due.fields.iter().find(missing) {
            return Err(Fault::Missing(field.name().to_owned()));
        }
        if due.consent.asked() && !agreed {
            return Err(Fault::NoConsent);
        }
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: Kind, label: &str, required: bool) -> Question {
        Question {
            kind,
            label: label.to_owned(),
            required,
            options: vec!["售前".to_owned(), "售后".to_owned()],
        }
    }

    fn form() -> PreChat {
        PreChat {
            enabled: true,
            lead: String::new(),
            fields: vec![
                question(Kind::Name, "", true),
                question(Kind::Phone, "手机号", true),
                question(Kind::Choice, "想问什么", false),
            ],
            consent: Consent {
                text: String::new(),
                url: "https://xishan.example/privacy".to_owned(),
            },
        }
    }

    fn facts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = pairs
            .iter()
            .map(|(name, fact)| ((*name).to_owned(), (*fact).to_owned()));
        owned.collect()
    }

    fn names(due: Option<&PreChat>) -> Vec<&str> {
        due.map(|due| due.fields.iter().map(Question::name).collect())
            .unwrap_or_default()
    }

    #[test]
    fn a_stranger_is_asked_everything_and_nobody_twice() {
        let form = form();
        let stranger = Known::default();
        assert_eq!(
            names(form.due(&stranger).as_ref()),
            ["name", "手机号", "想问什么"]
        );
        let answered = Known {
            attributes: facts(&[
                ("name", "周砚"),
                ("手机号", "138"),
                (ANSWERED_AT, "t"),
                (CONSENT_AT, "t"),
            ]),
            ..Known::default()
        };
        assert_eq!(form.due(&answered), None);
        // A question that came later is asked if it is required.
        let mut more = form.clone();
        more.fields.push(question(Kind::Email, "", true));
        more.fields.push(question(Kind::Text, "备注", false));
        assert_eq!(names(more.due(&answered).as_ref()), ["email"]);
        let off = PreChat {
            enabled: false,
            ..form
        };
        assert_eq!(off.due(&stranger), None);
    }

    #[test]
    fn who_is_signed_is_asked_only_for_what_is_required_and_not_known() {
        let form = form();
        let mut known = Known {
            named: true,
            signed: true,
            ..Known::default()
        };
        let due = form.due(&known);
        assert_eq!(names(due.as_ref()), ["手机号"]);
        assert!(due.unwrap().consent.asked());
        known.attributes = facts(&[("phone", "13800138000")]);
        assert_eq!(form.due(&known), None);
    }

    #[test]
    fn answers_are_read_strictly() {
        let form = form();
        let due = form.due(&Known::default()).unwrap();
        let read = |pairs: &[(&str, &str)], agreed| form.read(&due, facts(pairs), agreed);
        let good = [
            ("name", " 周砚 "),
            ("手机号", "+86 138-0013-8000"),
            ("想问什么", ""),
        ];
        let kept = facts(&[("name", "周砚"), ("手机号", "+86 138-0013-8000")]);
        assert_eq!(read(&good, true), Ok(kept));
        assert_eq!(read(&good, false), Err(Fault::NoConsent));
        assert_eq!(
            read(&good[..1], true),
            Err(Fault::Missing("手机号".to_owned()))
        );
        for (name, answer) in [
            ("手机号", "call me"),
            ("name", "a\nb"),
            ("想问什么", "别的"),
        ] {
            assert_eq!(
                read(&[(name, answer)], true),
                Err(Fault::Invalid(name.to_owned()))
            );
        }
        assert_eq!(
            read(&[("vip", "1")], true),
            Err(Fault::Unknown("vip".to_owned()))
        );
    }

    #[test]
    fn numbers_and_addresses_are_what_people_write() {
        assert!(
            ["13800138000", "(0571) 8765 4321", "+65 6123.4567"]
                .into_iter()
                .all(phone)
        );
        assert!(
            ["12", "1234567890123456", "138+0013", "一三八"]
                .into_iter()
                .all(|bad| !phone(bad))
        );
        assert!(
            ["a@b.cn", "Zhou.Yan+tea@mail.example.com"]
                .into_iter()
                .all(email)
        );
        assert!(
            ["a@b", "@c.cn", "a b@c.cn", "a@c..cn", "a@b@c.cn"]
                .into_iter()
                .all(|bad| !email(bad))
        );
    }
}
