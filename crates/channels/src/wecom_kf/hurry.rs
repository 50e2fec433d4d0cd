//! Calls whose time is short: a code lives 20 seconds, so a passing trouble is not left to the
//! outbox, which would come again too late.

use std::time::Duration;

use tokio::time::Instant;

use crate::platform::Miss;

/// The pause before the second try; it doubles.
const FIRST: Duration = Duration::from_millis(400);
/// The platform wants no more tries in a row.
const TRIES: u32 = 4;

/// Calls until it is done, or surely in vain, or the time is over. Each code is taken once, so a
/// call that may have been taken is harmless to repeat: if the next one hears that the code is
/// `spent`, it had been.
pub(super) async fn hurry<T, F>(
    until: Instant,
    spent: &[i64],
    call: impl Fn() -> F,
) -> Result<(), Miss>
where
    F: Future<Output = Result<T, Miss>>,
{
    let (mut pause, mut in_silence) = (FIRST, false);
    for left in (0..TRIES).rev() {
        let miss = match call().await {
            Ok(_) => return Ok(()),
            Err(miss) if in_silence && miss.code().is_some_and(|code| spent.contains(&code)) => {
                return Ok(());
            }
            Err(miss) => miss,
        };
        in_silence |= !miss.certainly_not_done();
        let wait = miss.passes().map(|least| pause.max(least));
        match wait {
            Some(wait) if left > 0 && Instant::now() + wait < until => {
                tokio::time::sleep(wait).await;
            }
            _ => return Err(miss),
        }
        pause *= 2;
    }
    // The last try returned above.
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use kefu_wechat::client::{Failure, Fault};

    fn miss(fault: Fault, code: Option<i64>) -> Miss {
        Miss::Failed(Failure {
            dialect: Default::default(),
            api: "cgi-bin/kf/send_msg_on_event",
            fault,
            code,
            detail: String::new(),
            retry_after: None,
        })
    }

    async fn tries(seconds: u64, answers: &[Option<(Fault, Option<i64>)>]) -> (usize, bool) {
        let asked = Cell::new(0);
        let until = Instant::now() + Duration::from_secs(seconds);
        let done = hurry(until, &[95007], || {
            asked.set(asked.get() + 1);
            let answer = match answers[(asked.get() - 1).min(answers.len() - 1)] {
                None => Ok(()),
                Some((fault, code)) => Err(miss(fault, code)),
            };
            std::future::ready(answer)
        });
        let done = done.await.is_ok();
        (asked.get(), done)
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
        let spent = Some((Fault::CodeSpent, Some(95007)));
        assert_eq!(tries(20, &[silent, spent]).await, (2, true));
        assert_eq!(tries(20, &[busy, spent]).await, (2, false));
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
