//! Carry over: a visitor of ours goes on in a platform's own app (在微信中继续), in the same thread.
//!
//! A one-time code travels as the parameter of the platform's link; only its hash is kept. Whoever
//! enters with it is joined to the visitor in the transaction that files their entering.

use kefu_domain::{BrandId, KfAccountId, Source, UnixMs, setup::EntryPoint};
use kefu_store::Visitor;

use crate::{Error, Reception, Result, Setup};

/// A code lives so long.
const LIVES_MS: UnixMs = 10 * 60_000;
/// What a link of ours says in its `scene`.
const SCENE: &str = "continue";
/// Codes begin so.
const MARK: &str = "kc_";

/// Where a visitor may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarryOver {
    /// The platform's link, with a code for this visitor.
    pub url: String,
    /// When the code lapses.
    pub expires_at: UnixMs,
}

/// Doors of a face that have links of a platform.
fn doors(setup: &Setup, face: KfAccountId) -> impl Iterator<Item = &EntryPoint> {
    setup
        .entry_points
        .values()
        .map(|row| &row.entry)
        .filter(move |door| {
            let connected = door.connection.and_then(|id| setup.connections.get(&id));
            door.kf_account == face
                && !door.paused
                && door.upstream_open_kfid.is_some()
                && connected.is_some_and(|row| !row.entry.paused)
        })
}

impl Reception {
    /// Can visitors of this face go on elsewhere?
    #[must_use]
    pub fn can_carry_over(&self, brand: BrandId, face: KfAccountId) -> bool {
        let setup = self.directory.brand(brand);
        setup.is_ok_and(|setup| doors(&setup, face).next().is_some())
    }

    /// Mints a link for a visitor, with a code that nobody can guess.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is nowhere to go, [`Error::Outside`] with the platform's reason,
    /// [`Error::RateLimited`] if the last code is only seconds old.
    pub async fn carry_over(&self, visitor: Visitor) -> Result<CarryOver> {
        let code = carried_text(&self.ids.secret());
        let setup = self.directory.brand(visitor.brand)?;
        let face = setup.entry_point(visitor.entry_point)?.kf_account;
        let expires_at = self.now() + LIVES_MS;
        let mut refusal = Error::NotFound;
        for door in doors(&setup, face) {
            let link = self.entry_link(visitor.brand, door.id, SCENE, Some(&code), false);
            match link.await {
                Ok(url) => {
                    let minted =
                        self.store
                            .mint_carry(visitor, sha256(&code), expires_at, self.now());
                    if !minted.await? {
                        return Err(Error::RateLimited { after_s: 3 });
                    }
                    return Ok(CarryOver { url, expires_at });
                }
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

/// A code as it travels in a link.
fn carried_text(secret: &[u8; 32]) -> String {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{MARK}{hex}")
}

/// What is kept of a code that travelled.
pub(crate) fn sha256(text: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).into()
}

/// The code in a source, and the source without it.
pub(crate) fn taken_out(source: Source) -> (Source, Option<String>) {
    let code = source.detail.as_deref().filter(|detail| {
        let rest = detail.strip_prefix(MARK).unwrap_or_default();
        rest.len() == 64 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    let Some(code) = code.map(str::to_owned) else {
        return (source, None);
    };
    let source = Source {
        kind: "continue".to_owned(),
        title: "网页接着聊".to_owned(),
        detail: None,
        ..source
    };
    (source, Some(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_code_of_ours_is_taken_out_of_a_source() {
        let from = |detail: &str| Source {
            kind: "link".to_owned(),
            title: "客服链接 · continue".to_owned(),
            detail: Some(detail.to_owned()),
            ..Source::default()
        };
        let code = carried_text(&[0xa1; 32]);
        assert!(code.len() <= 128);
        let (source, taken) = taken_out(from(&code));
        assert_eq!(
            (source.kind.as_str(), source.detail, taken),
            ("continue", None, Some(code))
        );
        for other in [
            "order-8802",
            "kc_",
            "kc_short",
            &format!("kc_{}", "zz".repeat(32)),
        ] {
            assert_eq!(taken_out(from(other)), (from(other), None));
        }
    }
}
