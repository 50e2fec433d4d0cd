//! Stories: a script plays customers, a client plays the gateway, the simulator is the platform
//! between them.

mod app_bench;
mod bench;
mod callbacks;
mod client;
mod contacts;
mod faults;
mod groups;
mod knowledge;
mod messages;
mod mini_program;
mod official_account;
mod official_calls;
mod sessions;
mod setup;
mod shop;
mod wire;
