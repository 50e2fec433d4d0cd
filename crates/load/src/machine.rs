//! What the machine and the processes cost: `/proc`, the disk's sync time, the descriptor limit.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use rustix::process::{Resource, Rlimit};

use crate::error::{Error, Result};
use crate::stats::Timing;

/// CPU time of a process so far, user and system with all its threads, in microseconds. `None`
/// when there is no such process.
pub fn cpu_us(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold spaces; fields count from behind it.
    let rest = &stat[stat.rfind(')')? + 2..];
    let mut ticks = rest
        .split(' ')
        .skip(11)
        .map(|field| field.parse::<u64>().ok());
    let total = ticks.next()?? + ticks.next()??;
    Some(total * 1_000_000 / rustix::param::clock_ticks_per_second())
}

/// Resident memory of a process in KiB. `None` when there is no such process.
pub fn rss_kib(pid: u32) -> Option<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64 / 1024)
}

/// Totals of `/proc/stat` in ticks: all CPU time, and the part that the host took away.
#[derive(Debug, Clone, Copy, Default)]
pub struct CpuTotals {
    all: u64,
    steal: u64,
}

impl CpuTotals {
    /// As of now; zeros where `/proc/stat` cannot be read.
    pub fn now() -> Self {
        let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
        let line = stat.lines().next().unwrap_or_default();
        let ticks: Vec<u64> = line
            .split_whitespace()
            .skip(1)
            .filter_map(|tick| tick.parse().ok())
            .collect();
        // user nice system idle iowait irq softirq steal; guest time is inside user.
        Self {
            all: ticks.iter().take(8).sum(),
            steal: ticks.get(7).copied().unwrap_or(0),
        }
    }

    /// Share of CPU time stolen by the host since `earlier`, in percent.
    pub fn steal_pct_since(self, earlier: Self) -> f64 {
        let all = self.all.saturating_sub(earlier.all).max(1);
        100.0 * self.steal.saturating_sub(earlier.steal) as f64 / all as f64
    }
}

/// The 1-minute load average; 0 where it cannot be read.
pub fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|first| first.parse().ok())
        .unwrap_or(0.0)
}

/// Times `fdatasync` after an appended 4 KiB, 200 times, in a file of `folder`.
///
/// # Errors
/// When the folder cannot be written to.
pub fn fdatasync(folder: &Path) -> Result<Timing> {
    let path = folder.join("fdatasync-probe");
    let mut file = fs::File::create(&path).map_err(Error::io(format!("create {path:?}")))?;
    let mut timing = Timing::default();
    for _ in 0..200 {
        file.write_all(&[0x5a; 4096])
            .map_err(Error::io("write the sync probe"))?;
        let start = Instant::now();
        file.sync_data().map_err(Error::io("fdatasync"))?;
        timing.record_ns(start.elapsed().as_nanos() as u64);
    }
    fs::remove_file(&path).map_err(Error::io("remove the sync probe"))?;
    Ok(timing)
}

/// Raises the soft limit of open files to the hard one; a spawned gateway inherits it.
///
/// # Errors
/// [`Error::Usage`] when even the hard limit is too low for `sockets`.
pub fn make_room_for(sockets: usize) -> Result<()> {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    rustix::process::setrlimit(Resource::Nofile, raised).map_err(Error::sys("setrlimit"))?;
    let needed = sockets as u64 + 256;
    match limit.maximum {
        Some(most) if most < needed => Err(Error::Usage(format!(
            "{sockets} sockets need {needed} descriptors; the hard limit is {most} (ulimit -Hn)"
        ))),
        _ => Ok(()),
    }
}

/// Gives this process the real-time round-robin class, as `chrt -r` gives it to a gateway: on a
/// shared machine the two then only compete with each other.
///
/// # Errors
/// [`Error::Usage`] where the system does not allow it.
pub fn become_realtime() -> Result<()> {
    let pid = std::process::id().to_string();
    let status = std::process::Command::new("chrt")
        .args(["-a", "-r", "-p", "1", &pid])
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Error::Usage(
            "--realtime needs `chrt` and the right to use it".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_a_cost() {
        let pid = std::process::id();
        assert!(rss_kib(pid).unwrap() > 500);
        let before = cpu_us(pid).unwrap();
        let start = Instant::now();
        while start.elapsed().as_millis() < 60 {
            std::hint::black_box(rss_kib(pid));
        }
        assert!(cpu_us(pid).unwrap() > before);
        assert_eq!(cpu_us(u32::MAX), None);
        let totals = CpuTotals::now();
        assert!(totals.all > 0 && totals.steal_pct_since(totals) == 0.0);
    }

    #[test]
    fn the_sync_probe_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(fdatasync(folder.path()).unwrap().count(), 200);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn too_many_sockets_are_refused_in_words() {
        let error = make_room_for(usize::MAX / 2).unwrap_err().to_string();
        assert!(error.contains("ulimit -Hn"), "{error}");
        make_room_for(10).unwrap();
    }
}
