//! The bytes between this tool and a gateway: sockets, frames, a small HTTP client, and a scanner
//! for the JSON on the hot path. It knows framing and nothing of what the frames mean.

pub mod envelope;
pub mod epoll;
pub mod frame;
pub mod http;
pub mod scan;
pub mod upgrade;
