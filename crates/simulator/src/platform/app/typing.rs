//! `message/custom/typing` (输入状态): seen for fifteen seconds, by whoever was just spoken with.

use serde::Deserialize;

use super::only;
use crate::config::AppKind;
use crate::platform::refusal::Refusal;
use crate::platform::{Answer, Params, Reply, given, read};
use crate::world::SECOND;
use crate::world::app::desk::AppDesk;
use crate::world::people::Side;

/// How fresh the talk must be.
const EXCHANGE: i64 = 30 * SECOND;
/// How long it is seen.
const SHOWN: i64 = 15 * SECOND;

#[derive(Debug, Deserialize)]
struct Request {
    touser: Option<String>,
    command: Option<String>,
}

pub(super) fn typing(desk: &mut AppDesk<'_>, _: &Params, body: &[u8]) -> Answer {
    only(desk, &[AppKind::OfficialAccount, AppKind::MiniProgram])?;
    let request: Request = read(body).map_err(|_| Refusal::of(47001))?;
    let openid = given(&request.touser).unwrap_or_default().to_owned();
    let (now, chat, appid) = (desk.now, desk.app.chat(), desk.app.appid.clone());
    // A word from the other side is an exchange as well.
    let answered = desk.people.find(&openid).and_then(|person| {
        let lines = &person.chat(chat, &appid, &appid)?.lines;
        lines
            .iter()
            .rev()
            .find(|line| line.side == Side::Them)
            .map(|line| line.at)
    });
    let contact = desk.contact(&openid).ok_or_else(|| Refusal::of(40003))?;
    let typing = match given(&request.command) {
        Some("Typing") => true,
        Some("CancelTyping") => false,
        _ => return Err(Refusal::of(45072)),
    };
    if !typing {
        contact.typing = 0;
    } else if now - contact.exchange.max(answered.unwrap_or(0)) > EXCHANGE {
        return Err(Refusal::of(45080));
    } else if now < contact.typing {
        return Err(Refusal::of(45081));
    } else {
        contact.typing = now + SHOWN;
    }
    let key = contact.key.to_string();
    desk.news
        .tell(|| crate::news::Hint::Screen { customer: key });
    Ok(Reply::ok().note(request.command.unwrap_or_default()))
}
