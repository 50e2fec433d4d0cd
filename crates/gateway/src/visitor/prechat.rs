//! What a visitor is asked before the first message: what is due at an opening, and answers that
//! become the customer's attributes. Which questions there are is set at the kf account; a client
//! that does not ask loses nobody their message.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use kefu_domain::{
    ServiceState,
    prechat::{self, Fault, Kind, Known, PreChat},
};
use kefu_reception::Opened;
use kefu_store::{Customer, StoreError, Visitor};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{facts, visitor};
use crate::{
    Gateway,
    problem::{Answer, JsonBody, Problem},
};

/// Attributes that a form adds beside its answers.
const STAMPS: usize = 3;

fn known(customer: &Customer, signed: bool) -> Known {
    Known {
        attributes: facts::of(customer),
        named: !kefu_reception::is_guest(&customer.card),
        phoned: !customer.phone.is_empty(),
        signed,
    }
}

/// What is to be asked now, as the visitor's page gets it: nothing inside a session, and nothing of
/// a customer for whose answers there is no room.
pub(super) async fn due(gateway: &Gateway, opened: &Opened, signed: bool) -> Option<Value> {
    let form = &opened.account.prechat;
    let session = opened.conversation.session.as_ref();
    let inside = session.is_some_and(|session| session.state != ServiceState::Ended);
    if inside || !form.enabled || opened.door.prechat_off {
        return None;
    }
    let store = gateway.reception.store();
    let Visitor {
        brand, customer, ..
    } = opened.visitor;
    let customer = store.customer(brand, customer).await.ok()?;
    let known = known(&customer, signed);
    let due = form.due(&known)?;
    let room = known.attributes.len() + due.fields.len() + STAMPS <= facts::MOST;
    room.then(|| describe(&due))
}

fn describe(due: &PreChat) -> Value {
    let fields = due.fields.iter().map(|field| {
        let mut shown = json!({ "name": field.name(), "kind": field.kind, "label": field.label, "required": field.required });
        if field.kind == Kind::Choice {
            shown["options"] = json!(field.options);
        }
        shown
    });
    json!({
        "lead": due.lead, "fields": fields.collect::<Vec<_>>(),
        "consent": due.consent.asked().then_some(&due.consent),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerBody {
    /// By the name of the question.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// The customer has agreed.
    #[serde(default)]
    consent: bool,
}

/// Keeps answers. Answering again what is known already changes nothing.
pub(super) async fn answer(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<AnswerBody>,
) -> Answer<Json<Value>> {
    let visitor = visitor(&gateway, &headers).await?;
    let _place = gateway
        .shed
        .enter(visitor.brand)
        .ok_or_else(Problem::overloaded)?;
    let setup = gateway.reception.directory().brand(visitor.brand)?;
    let door = setup.entry_point(visitor.entry_point)?;
    let form = &setup.kf_account(door.kf_account)?.prechat;
    if !form.enabled || door.prechat_off {
        return Err(Problem::not_found());
    }
    let store = gateway.reception.store();
    let mut tries = 3;
    loop {
        let customer = store.customer(visitor.brand, visitor.customer).await?;
        let Some(changed) = with_answers(&gateway, form, customer, &body)? else {
            break;
        };
        tries -= 1;
        match store.update_customer(visitor.brand, changed).await {
            // Another writer came between.
            Err(StoreError::Conflict(_)) if tries > 0 => {}
            result => {
                result?;
                break;
            }
        }
    }
    Ok(Json(json!({})))
}

/// The customer with the answers; none if nothing was due.
fn with_answers(
    gateway: &Gateway,
    form: &PreChat,
    mut customer: Customer,
    body: &AnswerBody,
) -> Answer<Option<Customer>> {
    let known = known(&customer, false);
    let Some(due) = form.due(&known) else {
        return Ok(None);
    };
    let kept = form
        .read(&due, body.answers.clone(), body.consent)
        .map_err(refused)?;
    for field in &form.fields {
        match (field.kind, kept.get(field.name())) {
            (Kind::Name, Some(name)) if !known.named => customer.card.name.clone_from(name),
            (Kind::Phone, Some(phone)) if !known.phoned => customer.phone.clone_from(phone),
            _ => {}
        }
    }
    let mut attributes = known.attributes;
    attributes.extend(kept);
    let now = prechat::stamp(gateway.reception.now());
    attributes.insert(prechat::ANSWERED_AT.to_owned(), now.clone());
    if due.consent.asked() {
        attributes.insert(prechat::CONSENT_AT.to_owned(), now);
        attributes.insert(prechat::CONSENT_TO.to_owned(), due.consent.words());
    }
    customer.attributes = json!(facts::unsigned(&customer, attributes)).to_string();
    Ok(Some(customer))
}

/// Each refusal names its question first, so that a form can show it in place.
fn refused(fault: Fault) -> Problem {
    let unfit = |code, detail| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
    match fault {
        Fault::Unknown(name) => {
            let name: String = name.chars().take(64).collect();
            Problem::bad(format!("answers.{name}: nobody asked that"))
        }
        Fault::Missing(name) => unfit("answer_missing", format!("answers.{name}: is required")),
        Fault::Invalid(name) => unfit("answer_invalid", format!("answers.{name}: cannot be meant")),
        Fault::NoConsent => unfit("consent_missing", "consent: has to be given".to_owned()),
    }
}
