//! What became of callbacks: how soon each was answered `success`, and how many were not.

use std::time::Duration;

use crate::error::Result;
use crate::stats::Timing;
use crate::wire::http::Response;

/// Callbacks of one lane, or of all.
#[derive(Debug, Default)]
pub struct Rung {
    /// From the intended sending to `success`.
    pub timing: Timing,
    /// Answered anything else, or not at all.
    pub refused: u64,
    /// What the last of these was told.
    pub why: Option<String>,
}

impl Rung {
    /// Counts one answer; says whether it was `success`.
    pub fn hear(&mut self, took: Duration, answer: &Result<Response>) -> bool {
        let why = match answer {
            Ok(answer) if answer.status == 200 && answer.body == b"success" => {
                self.timing.record_ns(took.as_nanos() as u64);
                return true;
            }
            Ok(answer) => {
                let words = String::from_utf8_lossy(&answer.body);
                format!("{} {words}", answer.status)
            }
            Err(error) => error.to_string(),
        };
        self.refused += 1;
        self.why = Some(why);
        false
    }

    /// Adds another lane's.
    pub fn add(&mut self, other: Self) {
        self.timing.add(&other.timing);
        self.refused += other.refused;
        self.why = other.why.or(self.why.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn answer(status: u16, body: &[u8]) -> Result<Response> {
        Ok(Response {
            status,
            cookie: None,
            retry_after_s: None,
            body: body.to_vec(),
        })
    }

    #[test]
    fn only_success_with_200_is_an_answer() {
        let (mut rung, took) = (Rung::default(), Duration::from_millis(2));
        assert!(rung.hear(took, &answer(200, b"success")));
        for other in [
            answer(200, b""),
            answer(503, b"success"),
            Err(Error::Protocol("cut".into())),
        ] {
            assert!(!rung.hear(took, &other));
        }
        let mut all = Rung::default();
        all.add(rung);
        assert_eq!((all.timing.count(), all.refused), (1, 3));
        assert!(all.why.is_some_and(|why| why.contains("cut")));
    }
}
