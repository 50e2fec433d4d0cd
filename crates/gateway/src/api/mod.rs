//! The HTTP API of the console and of integrations: one file per resource, and the document that
//! describes it.
//!
//! A handler reads a request strictly, calls one verb of reception, and writes the answer. Who may
//! call it stands in `access`. Nothing here knows a socket.

use std::sync::Arc;

use axum::Router;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Gateway;

mod access;
mod agents;
mod api_keys;
pub(crate) mod ask;
mod audit;
mod brand;
mod canned_replies;
mod channels;
mod check;
mod connections;
mod conversations;
mod customers;
mod entry_points;
mod events;
mod explain;
mod fan_groups;
mod handoffs;
mod history;
mod kf_accounts;
mod kf_prechat;
mod kf_rules;
mod login;
mod me;
mod media;
mod messages;
mod openapi;
mod outbox;
mod quotas;
mod rows;
mod search;
mod sessions;
mod shapes;
mod specialists;
mod statistics;
mod teams;
mod upstream;
pub(crate) mod wall;
mod webhooks;

pub(crate) use entry_points::qr_svg;

/// The API's routes and its document.
pub(crate) fn routes() -> Router<Arc<Gateway>> {
    let (router, document) = parts().split_for_parts();
    router.merge(openapi::routes(document))
}

/// The OpenAPI document of the whole API, as JSON.
#[must_use]
pub fn openapi_json() -> String {
    openapi::text(&openapi::complete(parts().into_openapi()))
}

fn parts() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().merge(work()).merge(set_up())
}

/// What agents do all day.
fn work() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(login::bootstrap))
        .routes(routes!(login::login))
        .routes(routes!(login::logout))
        .routes(routes!(me::me, me::choose))
        .routes(routes!(me::password))
        .routes(routes!(conversations::list))
        .routes(routes!(conversations::one))
        .routes(routes!(history::messages, messages::send))
        .routes(routes!(messages::note))
        .routes(routes!(messages::hand_off))
        .routes(routes!(history::sessions))
        .routes(routes!(messages::resend))
        .routes(routes!(messages::recall))
        .routes(routes!(sessions::accept))
        .routes(routes!(sessions::decline))
        .routes(routes!(sessions::close))
        .routes(routes!(sessions::requeue))
        .routes(routes!(sessions::snooze))
        .routes(routes!(sessions::transfer))
        .routes(routes!(sessions::assign))
        .routes(routes!(sessions::prioritise))
        .routes(routes!(explain::explanation))
        .routes(routes!(customers::list))
        .routes(routes!(customers::one, customers::change))
        .routes(routes!(customers::note))
        .routes(routes!(customers::block))
        .routes(routes!(search::search))
        .merge(media::routes())
        .routes(routes!(wall::wall))
        .routes(routes!(audit::assignments))
        .routes(routes!(outbox::list))
        .routes(routes!(outbox::resend_all))
        .routes(routes!(outbox::resend))
}

/// What administrators set up.
fn set_up() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(agents::list, agents::create))
        .routes(routes!(agents::one, agents::change))
        .routes(routes!(agents::reset_password))
        .routes(routes!(agents::ticket))
        .routes(routes!(agents::state))
        .routes(routes!(teams::list, teams::create))
        .routes(routes!(teams::one, teams::change, teams::remove))
        .routes(routes!(kf_accounts::list, kf_accounts::create))
        .routes(routes!(
            kf_accounts::one,
            kf_accounts::change,
            kf_accounts::remove
        ))
        .routes(routes!(entry_points::list, entry_points::create))
        .routes(routes!(
            entry_points::one,
            entry_points::change,
            entry_points::remove
        ))
        .routes(routes!(entry_points::snippet))
        .routes(routes!(entry_points::link))
        .routes(routes!(channels::list))
        .routes(routes!(connections::list, connections::create))
        .routes(routes!(
            connections::one,
            connections::change,
            connections::remove
        ))
        .routes(routes!(connections::rotate))
        .routes(routes!(connections::test))
        .routes(routes!(connections::accounts, upstream::create))
        .routes(routes!(quotas::list))
        .routes(routes!(statistics::list))
        .routes(routes!(upstream::change, upstream::remove))
        .routes(routes!(upstream::receivers, upstream::change_receivers))
        .routes(routes!(events::list))
        .routes(routes!(canned_replies::list, canned_replies::create))
        .routes(routes!(
            canned_replies::one,
            canned_replies::change,
            canned_replies::remove
        ))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::one, api_keys::change, api_keys::remove))
        .routes(routes!(specialists::list, specialists::create))
        .routes(routes!(
            specialists::one,
            specialists::change,
            specialists::remove
        ))
        .routes(routes!(fan_groups::list, fan_groups::create))
        .routes(routes!(
            fan_groups::one,
            fan_groups::change,
            fan_groups::remove
        ))
        .routes(routes!(brand::brand, brand::change))
        .routes(routes!(brand::rotate))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::one, webhooks::change, webhooks::remove))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::resend))
}
