//! What a worker takes of the machine, as `/proc` tells it (proc(5)); nothing is known where there is none.

use std::fs;
use std::time::Duration;

/// Ticks a second of the times in `/proc/PID/stat`: USER_HZ, which Linux shows to programs as 100 whatever it runs at.
const TICKS: u64 = 100;

/// A process's memory and time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Bytes in memory.
    pub(super) resident: u64,
    /// Time on CPUs, all threads, user and system.
    pub(super) busy: Duration,
}

impl Usage {
    pub(super) fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Some(Self { resident: resident(pid)?, busy: busy(&stat)? })
    }
}

/// Bytes that a process has in memory.
pub(super) fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Fields 14 and 15. They are counted from behind the name, which may hold spaces and brackets.
fn busy(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let sum = ticks()? + ticks()?;
    Some(Duration::from_millis(sum * 1000 / TICKS))
}
