//! The shapes of customer contact (客户联系) under `/cgi-bin/externalcontact/`: ways to add a
//! member, ways to join a group, welcome messages, and who came.
//!
//! Ways are known by their `config_id` alone and no console shows them: whoever loses it has lost
//! the way. Changes made by these calls are not echoed by callbacks.

mod customer;
mod group;
#[cfg(test)]
mod tests;
mod way;
mod welcome;

pub use customer::{Contact, ExternalContact, FollowUser, GetContact, Tag};
pub use group::{
    AddJoinWay, DelJoinWay, GetGroup, GetJoinWay, Group, GroupDetail, GroupList, GroupMember,
    GroupPage, GroupRow, Invitor, JoinWay, JoinWayDetail, JoinWayId, OwnerFilter, UserRow,
};
pub use way::{
    AddContactWay, ContactWay, ContactWayDetail, DelContactWay, GetContactWay, NewContactWay,
};
pub use welcome::{Attachment, SendWelcomeMsg, WelcomeLink, WelcomeMiniprogram, WelcomePicture};

/// Longest `state` of a way, in characters; it comes back with everyone who comes through it.
pub const MAX_STATE_CHARS: usize = 30;

/// Checks a `state`.
fn check_state(state: Option<&str>) -> Result<(), crate::limits::Unfit> {
    let chars = state.unwrap_or_default().chars().count();
    crate::limits::at_most("state", chars, MAX_STATE_CHARS)
}
