//! `kf/knowledge`: groups and questions of the assistant's knowledge base. The platform publishes no
//! codes of their own for what it refuses here: all of it is 40058 in words.

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::{Answer, Params, Reply, given, needed, read};
use crate::world::desk::Desk;
use crate::world::knowledge::{DEFAULT_GROUP, Intent, Unkept};

/// Characters of a group's name.
const NAME: usize = 12;
/// Other ways to ask one question.
const SIMILAR: usize = 100;
/// Attachments of an answer.
const ATTACHMENTS: usize = 4;
/// Bytes of a mini-program card's title.
const TITLE: usize = 64;
/// Entries of a page, if nothing is said and at most.
const PAGE: (usize, usize) = (500, 1_000);

fn wrong(what: &str) -> Refusal {
    Refusal::because(40058, format!("invalid Request Parameter: {what}"))
}

fn unkept(why: Unkept) -> Refusal {
    wrong(match why {
        Unkept::Unknown => "no such id",
        Unkept::Taken => "already exists",
        Unkept::Full => "too many",
        Unkept::Default => "the default group cannot be deleted",
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GroupRequest {
    group_id: Option<String>,
    name: Option<String>,
}

impl GroupRequest {
    fn name(&self) -> Result<&str, Refusal> {
        let name = needed(&self.name, "name")?;
        match name.chars().count() <= NAME {
            true => Ok(name),
            false => Err(wrong("name")),
        }
    }
}

pub(super) fn add_group(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: GroupRequest = read(body)?;
    let made = desk.corp.knowledge.add_group(request.name()?);
    let id = made.map_err(unkept)?;
    Ok(json!({ "group_id": id }).into())
}

pub(super) fn mod_group(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: GroupRequest = read(body)?;
    let id = needed(&request.group_id, "group_id")?;
    let renamed = desk.corp.knowledge.rename_group(id, request.name()?);
    renamed.map_err(unkept)?;
    Ok(Reply::ok())
}

pub(super) fn del_group(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: GroupRequest = read(body)?;
    let id = needed(&request.group_id, "group_id")?;
    desk.corp.knowledge.del_group(id).map_err(unkept)?;
    Ok(Reply::ok())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListRequest {
    cursor: Option<String>,
    limit: Option<usize>,
    group_id: Option<String>,
    intent_id: Option<String>,
}

impl ListRequest {
    /// One page of what fits, by their ids.
    fn page<'a, T>(
        &self,
        name: &str,
        all: impl Iterator<Item = (&'a String, T)>,
        show: impl Fn(&str, T) -> Value,
    ) -> Answer {
        let limit = match self.limit.unwrap_or_default() {
            0 => PAGE.0,
            limit if limit <= PAGE.1 => limit,
            _ => return Err(wrong("limit")),
        };
        let after = given(&self.cursor).unwrap_or_default();
        let fits = all.filter(|(id, _)| id.as_str() > after);
        let mut some: Vec<(&String, T)> = fits.take(limit + 1).collect();
        let more = some.len() > limit;
        some.truncate(limit);
        let cursor = some.last().map(|(id, _)| (*id).clone()).unwrap_or_default();
        let list: Vec<Value> = some.into_iter().map(|(id, one)| show(id, one)).collect();
        let mut fields = json!({ "next_cursor": cursor, "has_more": u8::from(more) });
        fields[name] = list.into();
        Ok(fields.into())
    }
}

pub(super) fn list_group(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: ListRequest = read(body)?;
    let wanted = given(&request.group_id);
    let groups = desk.corp.knowledge.groups.iter();
    let fits = groups.filter(|(id, _)| wanted.is_none_or(|wanted| *id == wanted));
    request.page("group_list", fits, |id, name| {
        let default = u8::from(id == DEFAULT_GROUP);
        json!({ "group_id": id, "name": name, "is_default": default })
    })
}

#[derive(Debug, Deserialize)]
struct Said {
    text: Option<Words>,
}

#[derive(Debug, Deserialize)]
struct Words {
    content: Option<String>,
}

impl Said {
    fn words(self, what: &str) -> Result<String, Refusal> {
        let words = self.text.and_then(|text| text.content).unwrap_or_default();
        match words.trim().is_empty() {
            true => Err(wrong(what)),
            false => Ok(words),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Similar {
    items: Vec<Said>,
}

#[derive(Debug, Deserialize)]
struct AnswerRequest {
    #[serde(flatten)]
    said: Said,
    attachments: Option<Vec<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct IntentRequest {
    group_id: Option<String>,
    intent_id: Option<String>,
    question: Option<Said>,
    similar_questions: Option<Similar>,
    answers: Option<Vec<AnswerRequest>>,
}

impl IntentRequest {
    fn question(&mut self) -> Result<Option<String>, Refusal> {
        let asked = self.question.take();
        asked.map(|said| said.words("question")).transpose()
    }

    fn similar(&mut self) -> Result<Option<Vec<String>>, Refusal> {
        let Some(similar) = self.similar_questions.take() else {
            return Ok(None);
        };
        if similar.items.len() > SIMILAR {
            return Err(wrong("similar_questions"));
        }
        let said = similar.items.into_iter();
        said.map(|said| said.words("similar_questions"))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Exactly one answer, as it will be listed.
    fn answers(&mut self, desk: &Desk<'_>) -> Result<Option<Value>, Refusal> {
        let Some(answers) = self.answers.take() else {
            return Ok(None);
        };
        let [answer] = <[AnswerRequest; 1]>::try_from(answers).map_err(|_| wrong("answers"))?;
        let words = answer.said.words("answers.text")?;
        let attachments = answer.attachments.unwrap_or_default();
        if attachments.len() > ATTACHMENTS {
            return Err(wrong("attachments"));
        }
        let attachments = attachments.iter().map(|one| listed(desk, one));
        let attachments = attachments.collect::<Result<Vec<Value>, _>>()?;
        Ok(Some(
            json!([{ "text": { "content": words }, "attachments": attachments }]),
        ))
    }
}

/// An attachment as it is listed: pictures and films by their names, cards without their picture.
fn listed(desk: &Desk<'_>, one: &Value) -> Result<Value, Refusal> {
    let msgtype = one["msgtype"].as_str().unwrap_or_default();
    let body = &one[msgtype];
    let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let file = |name: &str| {
        let stored = desk.corp.media.get(&word(name), desk.now);
        stored.ok_or_else(|| Refusal::of(40007))
    };
    let shown = match msgtype {
        "image" | "video" => json!({ "name": file("media_id")?.filename }),
        "link" => {
            // One SDK writes the picture's name without its line.
            let picture = Some(word("pic_url")).filter(|url| !url.is_empty());
            let picture = picture.unwrap_or_else(|| word("picurl"));
            if word("title").is_empty() || word("url").is_empty() {
                return Err(wrong("link"));
            }
            json!({ "title": word("title"), "pic_url": picture, "desc": word("desc"), "url": word("url") })
        }
        "miniprogram" => {
            file("thumb_media_id")?;
            if word("title").len() > TITLE || word("appid").is_empty() {
                return Err(wrong("miniprogram"));
            }
            json!({ "title": word("title"), "appid": word("appid"), "pagepath": word("pagepath") })
        }
        _ => return Err(Refusal::of(40008)),
    };
    let mut listed = json!({ "msgtype": msgtype });
    listed[msgtype] = shown;
    Ok(listed)
}

pub(super) fn add_intent(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let mut request: IntentRequest = read(body)?;
    let intent = Intent {
        group_id: needed(&request.group_id, "group_id")?.to_owned(),
        question: request.question()?.ok_or_else(|| wrong("question"))?,
        similar: request.similar()?.unwrap_or_default(),
        answers: request.answers(desk)?.ok_or_else(|| wrong("answers"))?,
    };
    let made = desk.corp.knowledge.add_intent(intent);
    let id = made.map_err(unkept)?;
    Ok(json!({ "intent_id": id }).into())
}

pub(super) fn mod_intent(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let mut request: IntentRequest = read(body)?;
    let id = needed(&request.intent_id, "intent_id")?.to_owned();
    let (question, similar) = (request.question()?, request.similar()?);
    let answers = request.answers(desk)?;
    let knowledge = &mut desk.corp.knowledge;
    let changed = knowledge.change_intent(&id, question, similar, answers);
    changed.map_err(unkept)?;
    Ok(Reply::ok())
}

pub(super) fn del_intent(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: IntentRequest = read(body)?;
    let id = needed(&request.intent_id, "intent_id")?;
    let removed = desk.corp.knowledge.intents.remove(id);
    removed
        .map(|_| Reply::ok())
        .ok_or_else(|| wrong("no such id"))
}

pub(super) fn list_intent(desk: &mut Desk<'_>, _: &Params, body: &[u8]) -> Answer {
    let request: ListRequest = read(body)?;
    let (group, one) = (given(&request.group_id), given(&request.intent_id));
    let intents = desk.corp.knowledge.intents.iter();
    let fits = intents.filter(|(id, intent)| {
        group.is_none_or(|group| intent.group_id == group) && one.is_none_or(|one| *id == one)
    });
    let said = |words: &String| json!({ "text": { "content": words } });
    request.page("intent_list", fits, |id, intent: &Intent| {
        let similar: Vec<Value> = intent.similar.iter().map(said).collect();
        json!({
            "group_id": intent.group_id,
            "intent_id": id,
            "question": said(&intent.question),
            "similar_questions": { "items": similar },
            "answers": intent.answers,
        })
    })
}
