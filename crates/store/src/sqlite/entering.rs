//! Entering: a customer comes, before they say anything.

use kefu_domain::{Credits, ServiceState};

use super::{filing::arrived_by, writer::Writer};
use crate::{Attribution, Enter, Filed, Result};

impl Writer {
    /// A customer entered: attribution, and a credit where entering gives one. It happens once.
    pub(super) fn enter(&mut self, enter: Enter) -> Result<Filed> {
        let Enter {
            brand,
            entry_point,
            party,
            key,
            source,
            attribution,
            carried,
            grant,
            at,
        } = enter;
        if let Some(code) = carried {
            self.carry_over(brand, entry_point, &party, code, at)?;
        }
        let conversation = self.resolve(brand, entry_point, &party, at)?;
        let new = self.first_time(entry_point.bytes(), &key, at)?;
        if new {
            let whose = self.look_up(brand, entry_point, &party)?;
            let sent = self.sent_since(brand, conversation, entry_point, grant)?;
            if attribution == Attribution::Looked {
                let customer = self.entry(brand, conversation)?.conversation.customer.id;
                self.step(brand, customer, &source)?;
            }
            self.adjust(brand, conversation, |whole| {
                let came_by = attribution.after(whole.source.as_ref(), source);
                let told = came_by.is_some();
                whole.source = came_by.or_else(|| whole.source.take());
                if let (Some((grant, since)), Some(whose)) = (grant, whose) {
                    // Who may be spoken to here is spoken to here, unless they wait elsewhere.
                    let open = whole
                        .session
                        .as_ref()
                        .is_some_and(|s| s.state != ServiceState::Ended);
                    if whole.entry_point != entry_point && !open {
                        arrived_by(whole, entry_point, whose);
                        whole.credits = None;
                    }
                    if whole.entry_point == entry_point {
                        let renewed = Credits::renewed(whole.credits, grant, since, sent);
                        whole.credits = Some(renewed);
                    }
                }
                told || grant.is_some()
            })?;
        }
        Ok(Filed {
            conversation,
            seq: 0,
            sent_at: at,
            duplicate: !new,
        })
    }
}
