//! Both sockets against clients that keep no rule: rows B49–B64 of bad input, frame by frame.

mod frames;
mod handshakes;
mod many;
mod order;
mod replays;
mod threads;
