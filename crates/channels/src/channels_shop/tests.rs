//! Recorded pushes of `fixtures/channels_shop`, each with what it becomes, and what is refused.

use super::ChannelsShop;
use crate::push::recorded;

fn channel() -> ChannelsShop {
    ChannelsShop::new(&recorded::client())
}

#[test]
fn every_recorded_push_becomes_its_item() {
    recorded::check(&channel());
}

#[test]
fn what_is_not_the_platforms_is_refused() {
    recorded::refuses(&channel());
}

#[test]
fn the_url_is_verified_word_for_word() {
    recorded::verifies(&channel());
}

#[test]
fn the_form_asks_for_fields_that_a_connection_has() {
    recorded::asks_for_what_a_connection_has(&channel());
}
