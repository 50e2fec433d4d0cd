//! Stories: a script plays customers, a client plays the gateway, the simulator is the platform
//! between them.

mod bench;
mod callbacks;
mod contacts;
mod faults;
mod groups;
mod messages;
mod sessions;
mod setup;
