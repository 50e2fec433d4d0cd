//! What was called lately, in a file: who starts again knows what the platform has counted.
//!
//! Each corp and API has a row with its calls by second, by minute and by 24 minutes of this machine's
//! time, and how long the platform limits it. A call is written before it is made, into the page cache
//! only: a process that is killed has told everything, and a machine without power is away for longer
//! than a minute. It is a memory and no truth: what cannot be read or written costs the memory alone.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Result, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::Clock;
use super::window::SLOTS;

/// How a file begins; another beginning is another kind of file.
const HEAD: &[u8; 16] = b"kefu's calls, 1\n";
/// Longest name of a row.
const NAME: usize = 160;
/// Seconds of a slot: of the windows of a minute, an hour and a day.
const SPANS: [u64; 3] = [1, 60, 24 * 60];
const ROW: usize = NAME + 16 + SPANS.len() * SLOTS * 8;
/// Rows of a file, 27 MB; a corp and API beyond is paced and not remembered.
const ROWS: usize = 16_384;

/// The calls of a gateway's last day.
pub struct Ledger {
    file: File,
    clock: Clock,
    rows: Mutex<HashMap<String, Arc<Row>>>,
    broken: AtomicBool,
}

/// Of one corp and API.
struct Row {
    at: u64,
    said: Mutex<Said>,
}

/// What a row says.
#[derive(Clone)]
struct Said {
    /// Until when the platform limits it, in unix milliseconds, and how often it said so in a row.
    closed_until: u64,
    limited: u64,
    /// Number of the slot above, calls below.
    cells: [[u64; SLOTS]; SPANS.len()],
}

/// A row for the one who calls.
pub(super) struct Line {
    ledger: Arc<Ledger>,
    row: Arc<Row>,
}

impl Ledger {
    /// Opens the file, or makes it. What is older than a day is left out; what is not ours is replaced.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(path: &Path, clock: Clock) -> Result<Self> {
        let now = u64::try_from(clock()).unwrap_or(0);
        let mut rows = HashMap::new();
        let mut bytes = HEAD.to_vec();
        for (name, said) in read(path)? {
            if rows.len() < ROWS && said.is_fresh(now) {
                let at = bytes.len() as u64;
                bytes.extend_from_slice(&said.bytes(&name));
                let said = Mutex::new(said);
                rows.insert(name, Arc::new(Row { at, said }));
            }
        }
        let fresh = path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(&bytes)?;
        std::fs::rename(&fresh, path)?;
        Ok(Self {
            file,
            clock,
            rows: Mutex::new(rows),
            broken: AtomicBool::new(false),
        })
    }

    /// The row of this name; none if there is no room for it.
    pub(super) fn line(self: &Arc<Self>, name: &str) -> Option<Line> {
        let mut rows = self.rows.lock();
        let known = rows.get(name).cloned();
        if known.is_none() && (name.len() > NAME || rows.len() >= ROWS) {
            return None;
        }
        let row = known.unwrap_or_else(|| {
            let at = (HEAD.len() + rows.len() * ROW) as u64;
            let said = Said::default();
            self.write(&said.bytes(name), at);
            let said = Mutex::new(said);
            let row = Arc::new(Row { at, said });
            rows.insert(name.to_owned(), Arc::clone(&row));
            row
        });
        let ledger = Arc::clone(self);
        Some(Line { ledger, row })
    }

    /// The rows of one channel and API, of all corps.
    pub(super) fn lines(self: &Arc<Self>, kind: &str, api: &str) -> Vec<Line> {
        let rows = self.rows.lock();
        let wanted = rows.iter().filter(|(name, _)| {
            let rest = name
                .strip_prefix(kind)
                .and_then(|rest| rest.strip_suffix(api));
            rest.is_some_and(|corp| corp.starts_with(' ') && corp.ends_with(' '))
        });
        let line = |(_, row): (&String, &Arc<Row>)| Line {
            ledger: Arc::clone(self),
            row: Arc::clone(row),
        };
        wanted.map(line).collect()
    }

    fn now(&self) -> u64 {
        u64::try_from((self.clock)()).unwrap_or(0)
    }

    fn write(&self, bytes: &[u8], at: u64) {
        if let Err(error) = self.file.write_all_at(bytes, at)
            && !self.broken.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(%error, "calls are not remembered; after a restart limits may be passed");
        }
    }
}

impl Line {
    /// Calls of the last 60 slots of a window, the minute's first, and how long ago they were at least.
    pub(super) fn past(&self, window: usize) -> Vec<(Duration, u32)> {
        let now = self.ledger.now();
        let said = self.row.said.lock();
        let cells = said.cells[window].iter().filter_map(|cell| {
            let (number, count) = (cell >> 32, *cell as u32);
            let ended = (number + 1) * SPANS[window] * 1000;
            let ago = Duration::from_millis(now.saturating_sub(ended));
            let counts = ago <= Duration::from_secs(SPANS[window] * 60);
            (count > 0 && counts).then_some((ago, count))
        });
        cells.collect()
    }

    /// How much longer the platform limits it, and how often it said so.
    pub(super) fn closed(&self) -> Option<(Duration, u32)> {
        let said = self.row.said.lock();
        // Nobody is limited for longer than an hour, whatever the clock was.
        let left = said.closed_until.checked_sub(self.ledger.now())?;
        let left = Duration::from_millis(left).min(Duration::from_secs(3_600));
        (!left.is_zero()).then_some((left, said.limited as u32))
    }

    /// A call is made now.
    pub(super) fn count(&self) {
        let now = self.ledger.now() / 1000;
        let mut said = self.row.said.lock();
        for (window, span) in SPANS.into_iter().enumerate() {
            let number = now / span;
            let place = (number % SLOTS as u64) as usize;
            let cell = &mut said.cells[window][place];
            *cell = match *cell >> 32 == number {
                true => *cell + 1,
                false => (number << 32) | 1,
            };
            let at = self.row.at as usize + NAME + 16 + (window * SLOTS + place) * 8;
            self.ledger.write(&cell.to_le_bytes(), at as u64);
        }
    }

    /// The platform limits it for so long, and has said so that often; or no longer.
    pub(super) fn close(&self, left: Duration, limited: u32) {
        let mut said = self.row.said.lock();
        let left = u64::try_from(left.as_millis()).unwrap_or(0);
        said.closed_until = self.ledger.now() + left;
        said.limited = u64::from(limited);
        let both = [said.closed_until.to_le_bytes(), said.limited.to_le_bytes()];
        self.ledger.write(&both.concat(), self.row.at + NAME as u64);
    }
}

impl Default for Said {
    fn default() -> Self {
        Self {
            closed_until: 0,
            limited: 0,
            cells: [[0; SLOTS]; SPANS.len()],
        }
    }
}

impl Said {
    fn is_fresh(&self, now: u64) -> bool {
        let last = SPANS.len() - 1;
        let begin = (now / 1000 / SPANS[last]).saturating_sub(SLOTS as u64);
        self.closed_until > now || self.cells[last].iter().any(|cell| cell >> 32 >= begin)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        let mut bytes = name.as_bytes().to_vec();
        bytes.resize(NAME, 0);
        let numbers = [self.closed_until, self.limited];
        for number in numbers.iter().chain(self.cells.as_flattened()) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn read(row: &[u8]) -> Option<(String, Self)> {
        let (name, numbers) = row.split_at_checked(NAME)?;
        let name = std::str::from_utf8(name).ok()?.trim_end_matches('\0');
        let mut numbers = numbers
            .as_chunks::<8>()
            .0
            .iter()
            .map(|eight| u64::from_le_bytes(*eight));
        let mut said = Self {
            closed_until: numbers.next()?,
            limited: numbers.next()?,
            ..Self::default()
        };
        for cell in said.cells.as_flattened_mut() {
            *cell = numbers.next()?;
        }
        (!name.is_empty()).then(|| (name.to_owned(), said))
    }
}

/// The rows of a file; none if there is none, or another kind of file.
fn read(path: &Path) -> Result<Vec<(String, Said)>> {
    let mut bytes = Vec::new();
    let most = (HEAD.len() + ROWS * ROW) as u64;
    match File::open(path) {
        Ok(file) => file.take(most).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    let rows = bytes.strip_prefix(HEAD).unwrap_or_default();
    Ok(rows.chunks_exact(ROW).filter_map(Said::read).collect())
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
