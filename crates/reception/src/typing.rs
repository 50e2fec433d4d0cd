//! Typing: where the platform can show it, the customer sees that the agent writes.

use std::{sync::Arc, time::Duration};

use kefu_store::Conversation;

use crate::Reception;

/// Hints on their way at once; one more is left out.
pub(crate) const AT_ONCE: usize = 32;
/// Later it would not be true any more.
const PATIENCE: Duration = Duration::from_secs(5);

impl Reception {
    /// Shows the customer, by the way they came, that their agent types or has stopped. A hint:
    /// nobody waits for it, and a platform that will not show it now changes nothing.
    pub fn show_typing(self: &Arc<Self>, whole: &Conversation, on: bool) {
        let (brand, entry_point) = (whole.brand, whole.entry_point);
        let outside = self.capabilities(brand, entry_point);
        if !outside.is_ok_and(|capabilities| capabilities.outside) {
            return;
        }
        let Ok(place) = Arc::clone(&self.typing).try_acquire_owned() else {
            return;
        };
        let reception = Arc::clone(self);
        let address = whole.address.clone();
        tokio::spawn(async move {
            let _place = place;
            let Ok(Some(door)) = reception.door(brand, entry_point) else {
                return;
            };
            let shown = door
                .channel
                .typing(&door.connection, &door.entry, &address, on);
            if let Ok(Err(fault)) = tokio::time::timeout(PATIENCE, shown).await {
                tracing::debug!(code = %fault.failure.code, "typing was not shown");
            }
        });
    }
}
