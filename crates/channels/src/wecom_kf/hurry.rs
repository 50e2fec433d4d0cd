//! Calls whose time is short: a code lives 20 seconds, so a passing trouble is not left to the
//! outbox, which would come again too late.

use std::time::Duration;

use tokio::time::Instant;

use super::fault::Miss;

/// The pause before the second try; it doubles.
const FIRST: Duration = Duration::from_millis(400);
/// The platform wants no more tries in a row.
const TRIES: u32 = 4;

/// Calls until it is done, or surely in vain, or the time is over. Each code is taken once, so a
/// call that may have been taken is harmless to repeat.
pub(super) async fn hurry<T>(
    until: Instant,
    mut call: impl AsyncFnMut() -> Result<T, Miss>,
) -> Result<T, Miss> {
    let mut pause = FIRST;
    for _ in 1..TRIES {
        let miss = match call().await {
            Ok(done) => return Ok(done),
            Err(miss) => miss,
        };
        let Some(least) = miss.passes() else {
            return Err(miss);
        };
        let wait = pause.max(least);
        if Instant::now() + wait >= until {
            return Err(miss);
        }
        tokio::time::sleep(wait).await;
        pause *= 2;
    }
    call().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use kefu_wechat::client::{Failure, Fault};

    fn miss(fault: Fault, code: Option<i64>) -> Miss {
        Miss::Failed(Failure {
            api: "cgi-bin/kf/send_msg_on_event",
            fault,
            code,
            detail: String::new(),
            retry_after: None,
        })
    }

    async fn tries(seconds: u64, answers: &[Option<(Fault, Option<i64>)>]) -> (usize, bool) {
        let mut asked = 0;
        let done = hurry(Instant::now() + Duration::from_secs(seconds), async || {
            asked += 1;
            match answers[(asked - 1).min(answers.len() - 1)] {
                None => Ok(()),
                Some((fault, code)) => Err(miss(fault, code)),
            }
        })
        .await;
        (asked, done.is_ok())
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_again_while_there_is_time() {
        let busy = Some((Fault::Busy, Some(-1)));
        let others_greet = Some((Fault::Busy, Some(41096)));
        let silent = Some((Fault::Unknown, None));
        assert_eq!(tries(20, &[busy, others_greet, None]).await, (3, true));
        assert_eq!(tries(20, &[silent, None]).await, (2, true));
        assert_eq!(tries(20, &[busy]).await, (4, false));
        assert_eq!(tries(1, &[busy]).await, (2, false));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_is_not_asked_again() {
        let spent = Some((Fault::CodeSpent, Some(41050)));
        assert_eq!(tries(20, &[spent]).await, (1, false));
        // Blocked for a minute: no use within 20 seconds.
        let limited = Some((Fault::RateLimited, Some(45009)));
        assert_eq!(tries(20, &[limited]).await, (1, false));
    }
}
