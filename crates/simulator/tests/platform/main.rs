//! Stories: a script plays customers, a client plays the gateway, the simulator is the platform
//! between them.

mod bench;
mod callbacks;
mod faults;
mod handoff;
mod messages;
mod setup;
