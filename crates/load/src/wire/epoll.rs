//! Many WebSocket clients on one thread: an edge-triggered epoll loop with one shared read buffer.
//! It exists because the generator shares the machine with what it measures: a task, a channel or
//! a lock per socket would cost more than the messages do.
//!
//! It knows connections, frames and time, and nothing of what is said. Every connection carries a
//! `tag` by which its owner finds its own state. A connection's send buffer grows by what its
//! owner sends and by nothing else, so the owner bounds it.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use rustix::time::Timespec;

use super::frame::{self, Opcode};
use super::upgrade;
use crate::error::{Error, Result};

/// Names a connection; never reused, even after it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnId {
    slot: u32,
    age: u32,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The upgrade was refused with this HTTP status and `Retry-After`.
    Refused(u16, Option<u64>),
    /// A close frame with its code and words.
    Closed(u16, String),
    /// The bytes stopped without a close frame.
    Lost,
    /// The server sent what no server may send.
    Broken(String),
}

/// What the owner of the connections is told. Each call may send on any connection, or drop it.
pub trait Handler {
    /// The handshake is done; frames may be sent.
    fn opened(&mut self, net: &mut Net, id: ConnId, tag: u64);
    /// One whole text message, received at `at` (nanoseconds of [`Net::now`]).
    fn message(&mut self, net: &mut Net, tag: u64, text: &[u8], at: u64);
    /// The connection is gone. Not called after [`Net::drop_now`].
    fn ended(&mut self, net: &mut Net, id: ConnId, tag: u64, ending: Ending);
}

struct Conn {
    fd: OwnedFd,
    tag: u64,
    age: u32,
    key: Option<[u8; 16]>,
    out: Vec<u8>,
    dirty: bool,
    inbox: Vec<u8>,
    fragments: Vec<u8>,
    said_at: u64,
}

/// The loop and its connections.
pub struct Net {
    epoll: OwnedFd,
    conns: Vec<Option<Conn>>,
    free: Vec<u32>,
    ages: u32,
    dirty: Vec<u32>,
    scratch: Vec<u8>,
    events: Vec<epoll::Event>,
    start: Instant,
    noise: u64,
}

const READ_BUFFER: usize = 256 << 10;

impl Net {
    /// An empty loop whose clock starts now.
    ///
    /// # Errors
    /// When the system refuses an epoll descriptor.
    pub fn new() -> Result<Self> {
        // Sends are due at exact instants; the default slack of 50 µs would show in the median.
        if let Some(slack) = std::num::NonZeroU64::new(1_000) {
            let _ = rustix::thread::set_current_timer_slack(Some(slack));
        }
        Ok(Self {
            epoll: epoll::create(CreateFlags::CLOEXEC).map_err(Error::sys("epoll_create"))?,
            conns: Vec::new(),
            free: Vec::new(),
            ages: 0,
            dirty: Vec::new(),
            scratch: vec![0; READ_BUFFER],
            events: Vec::with_capacity(1024),
            start: Instant::now(),
            noise: rand::random::<u64>() | 1,
        })
    }

    /// Nanoseconds since this loop was made, by the monotonic clock.
    pub fn now(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// Connections that are open or being opened.
    pub fn len(&self) -> usize {
        self.conns.len() - self.free.len()
    }

    /// No connection at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Starts to connect from the loopback address `source` and to upgrade `path`;
    /// [`Handler::opened`] or [`Handler::ended`] follows.
    ///
    /// # Errors
    /// When no socket can be had or the connection is refused at once.
    pub fn connect(
        &mut self,
        target: SocketAddr,
        source: Ipv4Addr,
        path: &str,
        tag: u64,
    ) -> Result<ConnId> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let family = if target.is_ipv4() {
            AddressFamily::INET
        } else {
            AddressFamily::INET6
        };
        let fd = rustix::net::socket_with(family, SocketType::STREAM, flags, None)
            .map_err(Error::sys("socket (see `ulimit -n`)"))?;
        sockopt::set_tcp_nodelay(&fd, true).map_err(Error::sys("TCP_NODELAY"))?;
        if target.is_ipv4() && target.ip().is_loopback() {
            rustix::net::bind(&fd, &SocketAddrV4::new(source, 0))
                .map_err(Error::sys(format!("bind {source}")))?;
        }
        match rustix::net::connect(&fd, &target) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(errno) => return Err(Error::sys(format!("connect {target}"))(errno)),
        }
        let key = rand::random();
        let slot = self.free.pop().unwrap_or_else(|| {
            self.conns.push(None);
            (self.conns.len() - 1) as u32
        });
        self.ages = self.ages.wrapping_add(1);
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        let data = EventData::new_u64(u64::from(slot) << 32 | u64::from(self.ages));
        epoll::add(&self.epoll, &fd, data, flags).map_err(Error::sys("epoll_ctl"))?;
        let conn = Conn {
            fd,
            tag,
            age: self.ages,
            key: Some(key),
            out: upgrade::request(&target.to_string(), path, key),
            dirty: false,
            inbox: Vec::new(),
            fragments: Vec::new(),
            said_at: self.now(),
        };
        self.conns[slot as usize] = Some(conn);
        Ok(ConnId {
            slot,
            age: self.ages,
        })
    }

    /// Queues one text frame whose payload `fill` writes; it leaves with the next [`Net::turn`] or
    /// [`Net::flush`]. False when the connection is gone.
    pub fn send(&mut self, id: ConnId, fill: impl FnOnce(&mut Vec<u8>)) -> bool {
        self.push(id, 1, fill)
    }

    /// Says goodbye and lets the server end the connection.
    pub fn close(&mut self, id: ConnId) {
        self.push(id, 8, |out| out.extend_from_slice(&1000u16.to_be_bytes()));
    }

    /// Drops the connection at once, without a close frame, as a crashed client does.
    pub fn drop_now(&mut self, id: ConnId) {
        if self.get(id).is_some() {
            self.conns[id.slot as usize] = None;
            self.free.push(id.slot);
        }
    }

    /// Open connections that have said nothing since `before`.
    pub fn silent_since(&self, before: u64) -> Vec<ConnId> {
        let quiet = |conn: &Conn| conn.key.is_none() && conn.said_at < before;
        let slots = self.conns.iter().enumerate();
        slots
            .filter_map(|(slot, conn)| {
                let conn = conn.as_ref().filter(|conn| quiet(conn))?;
                Some(ConnId {
                    slot: slot as u32,
                    age: conn.age,
                })
            })
            .collect()
    }

    /// Sends what is queued, waits up to `timeout` for the network, and tells `handler` what came.
    ///
    /// # Errors
    /// When epoll itself fails.
    pub fn turn(&mut self, timeout: Duration, handler: &mut impl Handler) -> Result<()> {
        self.flush(handler);
        let timeout = Timespec {
            tv_sec: timeout.as_secs() as i64,
            tv_nsec: i64::from(timeout.subsec_nanos()),
        };
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        let spare = rustix::buffer::spare_capacity(&mut events);
        match epoll::wait(&self.epoll, spare, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Error::sys("epoll_wait")(errno)),
        }
        for event in &events {
            let (flags, data) = (event.flags, event.data.u64());
            let id = ConnId {
                slot: (data >> 32) as u32,
                age: data as u32,
            };
            if flags.contains(EventFlags::OUT) {
                self.write_out(id, handler);
            }
            let hang_up = EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
            if flags.intersects(EventFlags::IN | hang_up) {
                self.read_in(id, flags.intersects(hang_up), handler);
            }
        }
        self.events = events;
        self.flush(handler);
        Ok(())
    }

    /// Sends what is queued without waiting for anything.
    pub fn flush(&mut self, handler: &mut impl Handler) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for slot in dirty.drain(..) {
            let Some(conn) = self.conns[slot as usize].as_mut() else {
                continue;
            };
            conn.dirty = false;
            let id = ConnId {
                slot,
                age: conn.age,
            };
            self.write_out(id, handler);
        }
        if self.dirty.is_empty() {
            self.dirty = dirty;
        }
    }

    fn get(&self, id: ConnId) -> Option<&Conn> {
        self.conns
            .get(id.slot as usize)?
            .as_ref()
            .filter(|conn| conn.age == id.age)
    }

    fn get_mut(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.conns
            .get_mut(id.slot as usize)?
            .as_mut()
            .filter(|conn| conn.age == id.age)
    }

    fn push(&mut self, id: ConnId, opcode: u8, fill: impl FnOnce(&mut Vec<u8>)) -> bool {
        // xorshift: the mask must differ from frame to frame, not resist an attacker on loopback.
        self.noise ^= self.noise << 13;
        self.noise ^= self.noise >> 7;
        self.noise ^= self.noise << 17;
        let mask = (self.noise as u32).to_ne_bytes();
        let now = self.now();
        let Some(conn) = self.get_mut(id).filter(|conn| conn.key.is_none()) else {
            return false;
        };
        frame::write(&mut conn.out, opcode, mask, fill);
        conn.said_at = now;
        if !conn.dirty {
            conn.dirty = true;
            self.dirty.push(id.slot);
        }
        true
    }

    fn end(&mut self, id: ConnId, ending: Ending, handler: &mut impl Handler) {
        if let Some(tag) = self.get(id).map(|conn| conn.tag) {
            self.drop_now(id);
            handler.ended(self, id, tag, ending);
        }
    }

    fn write_out(&mut self, id: ConnId, handler: &mut impl Handler) {
        let Some(conn) = self.get_mut(id) else { return };
        let mut done = 0;
        let lost = loop {
            if done == conn.out.len() {
                break false;
            }
            match rustix::io::write(&conn.fd, &conn.out[done..]) {
                Ok(0) => break true,
                Ok(len) => done += len,
                Err(Errno::AGAIN | Errno::NOTCONN) => break false,
                Err(Errno::INTR) => {}
                Err(_) => break true,
            }
        };
        conn.out.drain(..done);
        if conn.out.is_empty() && conn.out.capacity() > 8192 {
            conn.out = Vec::new();
        }
        if lost {
            self.end(id, Ending::Lost, handler);
        }
    }

    fn read_in(&mut self, id: ConnId, to_the_end: bool, handler: &mut impl Handler) {
        let mut scratch = std::mem::take(&mut self.scratch);
        while let Some(conn) = self.get(id) {
            let len = match rustix::io::read(&conn.fd, &mut scratch[..]) {
                Ok(0) => {
                    self.end(id, Ending::Lost, handler);
                    break;
                }
                Ok(len) => len,
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => continue,
                Err(_) => {
                    self.end(id, Ending::Lost, handler);
                    break;
                }
            };
            let at = self.now();
            self.take_in(id, &scratch[..len], at, handler);
            // With edge triggering a short read means drained, unless a hang-up waits behind it.
            if len < scratch.len() && !to_the_end {
                break;
            }
        }
        self.scratch = scratch;
    }

    fn take_in(&mut self, id: ConnId, bytes: &[u8], at: u64, handler: &mut impl Handler) {
        let Some(conn) = self.get_mut(id) else { return };
        let mut inbox = std::mem::take(&mut conn.inbox);
        if inbox.is_empty() {
            let used = self.consume(id, bytes, at, handler);
            inbox.extend_from_slice(&bytes[used..]);
        } else {
            inbox.extend_from_slice(bytes);
            let used = self.consume(id, &inbox, at, handler);
            inbox.drain(..used);
        }
        if let Some(conn) = self.get_mut(id) {
            conn.inbox = inbox;
        }
    }

    /// Handles every complete frame of `bytes`; returns how many bytes it took.
    fn consume(&mut self, id: ConnId, bytes: &[u8], at: u64, handler: &mut impl Handler) -> usize {
        let mut used = 0;
        loop {
            let Some(conn) = self.get_mut(id) else {
                return bytes.len();
            };
            let tag = conn.tag;
            if let Some(key) = conn.key {
                match upgrade::answer(&bytes[used..], key) {
                    upgrade::Answer::Partial => return used,
                    upgrade::Answer::Refused {
                        status,
                        retry_after_s,
                    } => {
                        self.end(id, Ending::Refused(status, retry_after_s), handler);
                        return bytes.len();
                    }
                    upgrade::Answer::Open(len) => {
                        conn.key = None;
                        used += len;
                        handler.opened(self, id, tag);
                        continue;
                    }
                }
            }
            match frame::parse(&bytes[used..]) {
                Ok(None) => return used,
                Ok(Some(frame)) => {
                    used += frame.len;
                    self.one(id, tag, &frame, at, handler);
                }
                Err(error) => {
                    self.end(id, Ending::Broken(error.to_string()), handler);
                    return bytes.len();
                }
            }
        }
    }

    fn one(
        &mut self,
        id: ConnId,
        tag: u64,
        frame: &frame::Frame<'_>,
        at: u64,
        handler: &mut impl Handler,
    ) {
        let Some(conn) = self.get_mut(id) else { return };
        match frame.opcode {
            Opcode::Text if frame.fin => handler.message(self, tag, frame.payload, at),
            Opcode::Text | Opcode::Continuation => {
                conn.fragments.extend_from_slice(frame.payload);
                if frame.fin {
                    let whole = std::mem::take(&mut conn.fragments);
                    handler.message(self, tag, &whole, at);
                }
            }
            Opcode::Ping => {
                self.push(id, 10, |out| out.extend_from_slice(frame.payload));
            }
            Opcode::Pong => {}
            Opcode::Close => {
                let (code, words) = frame::close_reason(frame.payload);
                self.push(id, 8, |out| out.extend_from_slice(&code.to_be_bytes()));
                self.write_out(id, handler);
                self.end(id, Ending::Closed(code, words), handler);
            }
            Opcode::Binary => {
                self.end(id, Ending::Broken("a binary frame".into()), handler);
            }
        }
    }
}

/// Spreads clients over 127.0.1.1–127.0.64.250, so that neither ports nor limits per address run
/// out on the generator's side.
pub fn source_address(client: usize) -> Ipv4Addr {
    let third = 1 + (client / 250) % 64;
    let fourth = 1 + client % 250;
    Ipv4Addr::new(127, 0, third as u8, fourth as u8)
}
