//! Passwords: made, hashed and compared, and how often one may be guessed.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use kefu_domain::BrandId;
use kefu_reception::Error;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    lately::Lately,
    problem::{Answer, Problem},
};

/// Characters of a password at most: hashing more would only cost.
pub(crate) const PASSWORD: usize = 256;

/// Wrong passwords per account and address in [`WINDOW`].
const WRONG: u64 = 5;

/// Wrong passwords of all accounts per address in [`WINDOW`].
const WRONG_IN_ALL: u64 = 100;

/// Passwords hashed at once, and those that wait for it: 32 are answered within about a second.
const AT_ONCE: usize = 2;
const WAITING: usize = 32;

const WINDOW: Duration = Duration::from_secs(15 * 60);

/// A password that people can type: 20 characters without look-alikes, 100 bits.
#[must_use]
pub fn new_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let bits: [u8; 20] = rand::random();
    let chars: Vec<char> = bits
        .iter()
        .map(|b| LETTERS[usize::from(b & 31)] as char)
        .collect();
    chars
        .chunks(5)
        .map(|part| part.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

/// Hashes a password with argon2id; takes tens of milliseconds and 19 MiB.
///
/// # Errors
/// If the hasher refuses its parameters.
pub fn hash_password(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default()
        .hash_password(password.as_bytes())?
        .to_string())
}

/// Passwords and the limits on guessing them.
pub struct Access {
    /// Hashing takes 19 MiB and tens of milliseconds: two at once.
    hashing: Semaphore,
    /// Those who hash or wait for it.
    line: Semaphore,
    wrong: Lately<(BrandId, [u8; 32], IpAddr)>,
    tries: Lately<IpAddr>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            hashing: Semaphore::new(AT_ONCE),
            line: Semaphore::new(AT_ONCE + WAITING),
            tries: Lately::new(WINDOW),
            wrong: Lately::new(WINDOW),
        }
    }
}

impl Access {
    /// A turn at hashing, after those who came before.
    ///
    /// # Errors
    /// [`Problem`] 503 if too many wait.
    async fn turn(&self) -> Answer<[SemaphorePermit<'_>; 2]> {
        let place = self.line.try_acquire().map_err(|_| {
            metrics::counter!("kefu_shed_total").increment(1);
            Problem::overloaded()
        })?;
        let turn = self.hashing.acquire().await;
        Ok([place, turn.map_err(|_| Problem::overloaded())?])
    }

    /// Hashes a password.
    ///
    /// # Errors
    /// [`Problem`] 503 if the hasher fails, or too many wait for it.
    pub async fn hash_password(&self, password: String) -> Answer<String> {
        let _turn = self.turn().await?;
        tokio::task::spawn_blocking(move || hash_password(&password))
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(Problem::overloaded)
    }

    /// Compares a password; without a stored one, takes the same time.
    ///
    /// # Errors
    /// [`Problem`] 503 if too many wait for it.
    pub async fn check_password(&self, password: String, stored: Option<String>) -> Answer<bool> {
        let _turn = self.turn().await?;
        let compared = tokio::task::spawn_blocking(move || match stored {
            Some(stored) => PasswordHash::new(&stored).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            }),
            None => {
                let _ = Argon2::default().hash_password(password.as_bytes());
                false
            }
        })
        .await;
        Ok(compared.unwrap_or(false))
    }

    /// Counts a try of this account from this address before the password is looked at, so that
    /// tries at the same time are not free.
    ///
    /// # Errors
    /// 429 after five wrong passwords in 15 minutes, or a hundred for all accounts together.
    pub fn attempt(&self, brand: BrandId, account: &str, from: IpAddr) -> Answer<()> {
        let now = Instant::now();
        let full = |left: Duration| {
            let after_s = u32::try_from(left.as_secs().max(1)).unwrap_or(u32::MAX);
            Error::RateLimited { after_s }
        };
        let in_all = self.tries.add(network(from), 1, WRONG_IN_ALL, now);
        in_all.map_err(full)?;
        let counted = self.wrong.add(tried(brand, account, from), 1, WRONG, now);
        counted.map_err(|left| {
            self.tries.take_back(&network(from), 1);
            full(left).into()
        })
    }

    /// A password was right.
    pub fn was_right(&self, brand: BrandId, account: &str, from: IpAddr) {
        self.wrong.forget(&tried(brand, account, from));
        self.tries.take_back(&network(from), 1);
    }
}

/// What tries are counted by: the account as signing in finds it, however long it is.
fn tried(brand: BrandId, account: &str, from: IpAddr) -> (BrandId, [u8; 32], IpAddr) {
    let account = super::hash(&account.trim().to_lowercase());
    (brand, account, network(from))
}

/// An address as limits see it: IPv6 by its /64.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_none() => {
            let bits = u128::from(v6) & !((1u128 << 64) - 1);
            IpAddr::V6(bits.into())
        }
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_see_an_ipv6_network_not_an_address() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let two: IpAddr = "2001:db8::ffff:2".parse().unwrap();
        assert_eq!(network(one), network(two));
        assert_eq!(
            network("::ffff:127.0.0.1".parse().unwrap()),
            "127.0.0.1".parse::<IpAddr>().unwrap()
        );
    }

    #[test]
    fn an_address_may_try_so_many_accounts_and_right_passwords_do_not_count() {
        let access = Access::default();
        let (one, other) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let brand = BrandId(1);
        for n in 0..200 {
            let account = format!("right{n}");
            access.attempt(brand, &account, one).unwrap();
            access.was_right(brand, &account, one);
        }
        for n in 0..WRONG_IN_ALL {
            access.attempt(brand, &format!("a{n}"), one).unwrap();
        }
        let refused = access.attempt(brand, "another", one).unwrap_err();
        assert_eq!(refused.status.as_u16(), 429);
        assert!(refused.retry_after.is_some());
        access.attempt(brand, "another", other).unwrap();
    }

    #[tokio::test]
    async fn those_who_wait_for_the_hasher_are_so_many() {
        let access = std::sync::Arc::new(Access::default());
        let mut hashing = Vec::new();
        for _ in 0..AT_ONCE {
            hashing.push(access.turn().await.unwrap());
        }
        let waiting: Vec<_> = (0..WAITING)
            .map(|_| {
                let access = std::sync::Arc::clone(&access);
                tokio::spawn(async move { access.turn().await.is_ok() })
            })
            .collect();
        while access.line.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = access.check_password("x".to_owned(), None).await;
        let refused = refused.unwrap_err();
        assert_eq!(
            (refused.status.as_u16(), refused.retry_after),
            (503, Some(2))
        );
        drop(hashing);
        for one in waiting {
            assert!(one.await.unwrap());
        }
    }

    #[test]
    fn generated_passwords_differ_and_can_be_typed() {
        let (one, two) = (new_password(), new_password());
        assert_ne!(one, two);
        assert_eq!(one.len(), 23);
    }
}
