//! The shapes of WeChat kf (微信客服) under `/cgi-bin/kf/`: what is asked, what comes back.
//!
//! Reading is lenient (missing, extra and oddly typed fields), and what has no words here is kept
//! raw; writing is strict. Nothing here talks to the network.

mod account;
mod content;
mod customer;
mod event;
mod menu;
mod send;
mod servicer;
mod session;
mod statistic;
mod sync;
#[cfg(test)]
mod tests;

pub use account::{
    Account, AccountList, Accounts, AddAccount, AddContactWay, AddedAccount, DelAccount, EntryLink,
    GetQualification, MAX_ACCOUNT_NAME, Qualification, UpdateAccount,
};
pub use content::{
    BusinessCard, Channels, Content, Link, Location, Media, MergedItem, MergedMsg, Miniprogram,
    ShopOrder, ShopProduct, Text,
};
pub use customer::{BatchGet, Customer, Customers, EnterSessionContext};
pub use event::{ChannelsEntry, EnterSession, Event, EventKind, SessionChange, fail_words};
pub use menu::{Menu, MenuClick, MenuItem, MenuMiniprogram, MenuText, MenuView};
pub use send::{
    MAX_MSGID, MAX_TEXT, OnEvent, Outgoing, OutgoingCaLink, OutgoingLink, OutgoingLocation,
    OutgoingMiniprogram, SendMsg, SendMsgOnEvent, Sent,
};
pub use servicer::{
    AddServicers, DelServicers, Servicer, ServicerList, ServicerResult, ServicerResults, Servicers,
};
pub use session::{GetState, ServiceState, State, TransState, Transferred};
pub use statistic::{CorpStatistic, Day, ServicerStatistic, Statistics};
pub use sync::{Message, Page, SyncMsg, Unreadable, VoiceFormat, origin};
