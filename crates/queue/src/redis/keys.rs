//! Names of keys, built from ids alone, so that no text of a user can reach them.
//!
//! All keys of a brand carry its id as hash tag: in a cluster they live in one slot.

use kefu_domain::{AgentId, BrandId, TeamId, encode};

/// An id as it is written into keys and members: its text sorts as the id does.
pub(super) fn text(bits: u128) -> [u8; 26] {
    encode(bits)
}

fn key(brand: BrandId, what: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(64);
    key.extend_from_slice(b"kefu:{");
    key.extend_from_slice(&text(brand.0));
    key.extend_from_slice(b"}:");
    key.extend_from_slice(what.as_bytes());
    key
}

fn with(mut key: Vec<u8>, bits: u128) -> Vec<u8> {
    key.extend_from_slice(&text(bits));
    key
}

/// Hash: session → `w` and its team, or `h` and its agent.
pub(super) fn where_is(brand: BrandId) -> Vec<u8> {
    key(brand, "where")
}

/// Hash: agent → state, limit and number of sessions held.
pub(super) fn desk(brand: BrandId) -> Vec<u8> {
    key(brand, "desk")
}

/// Set of the teams that have, or had, a line.
pub(super) fn teams(brand: BrandId) -> Vec<u8> {
    key(brand, "teams")
}

/// What the key of every team's line begins with.
pub(super) fn lines(brand: BrandId) -> Vec<u8> {
    key(brand, "line:")
}

/// Sorted set: session by rank.
pub(super) fn line(brand: BrandId, team: TeamId) -> Vec<u8> {
    with(lines(brand), team.0)
}

/// Sorted set: agent by the end of their last lease.
pub(super) fn here(brand: BrandId) -> Vec<u8> {
    key(brand, "here")
}

/// What the key of every agent's leases begins with.
pub(super) fn leases(brand: BrandId) -> Vec<u8> {
    key(brand, "lease:")
}

/// Sorted set: lease by its end.
pub(super) fn lease(brand: BrandId, agent: AgentId) -> Vec<u8> {
    with(leases(brand), agent.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_brand_has_the_same_hash_tag() {
        let brand = BrandId(u128::MAX);
        let tag = format!("kefu:{{{brand}}}:");
        for key in [
            where_is(brand),
            desk(brand),
            teams(brand),
            line(brand, TeamId(1)),
            here(brand),
            lease(brand, AgentId(1)),
        ] {
            assert!(String::from_utf8(key).unwrap().starts_with(&tag));
        }
    }
}
