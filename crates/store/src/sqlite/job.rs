//! What callers hand to the writing thread.

use tokio::sync::oneshot;

use super::writer::Writer;
use crate::{Result, StoreError};

/// Work for the writer, and the way to answer its caller after the commit.
pub(super) trait Job: Send {
    /// Does the work inside the open transaction; false if it was refused.
    fn run(&mut self, writer: &mut Writer) -> bool;
    /// Answers the caller with what the work said, or with why nothing was committed.
    fn finish(self: Box<Self>, committed: std::result::Result<(), &StoreError>);
}

/// A closure as a job.
pub(super) struct Call<T, F> {
    work: Option<F>,
    result: Option<Result<T>>,
    reply: Option<oneshot::Sender<Result<T>>>,
}

impl<T, F> Call<T, F>
where
    T: Send,
    F: FnOnce(&mut Writer) -> Result<T> + Send,
{
    /// Work somebody waits for.
    pub(super) fn new(work: F, reply: oneshot::Sender<Result<T>>) -> Self {
        Self {
            work: Some(work),
            result: None,
            reply: Some(reply),
        }
    }

    /// Work nobody waits for.
    pub(super) fn quiet(work: F) -> Self {
        Self {
            work: Some(work),
            result: None,
            reply: None,
        }
    }
}

impl<T, F> Job for Call<T, F>
where
    T: Send,
    F: FnOnce(&mut Writer) -> Result<T> + Send,
{
    fn run(&mut self, writer: &mut Writer) -> bool {
        if let Some(work) = self.work.take() {
            self.result = Some(work(writer));
        }
        matches!(self.result, Some(Ok(_)))
    }

    fn finish(self: Box<Self>, committed: std::result::Result<(), &StoreError>) {
        let lost = || Err(StoreError::Unavailable("the work failed".to_owned()));
        let answer = match committed {
            // A refusal may rest on what was rolled back with it, so the rollback is the answer.
            Err(error) => Err(error.clone()),
            Ok(()) => self.result.unwrap_or_else(lost),
        };
        if let Some(reply) = self.reply {
            // A caller that went away needs no answer.
            let _ = reply.send(answer);
        }
    }
}
