//! How many CPU cores the process may use, which, and pinning a worker to one.

use std::io;
use std::num::NonZeroUsize;
use std::thread;

/// How many workers keep every core busy: the CPUs this process may run on, lowered to its cgroup's quota, so that a
/// container with two CPUs of a big machine gets two. One if the system does not tell.
#[must_use]
pub fn available_cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// The numbers of the CPUs the calling thread may run on, ascending; empty where the system does not tell.
#[must_use]
pub fn allowed_cpus() -> Vec<usize> {
    imp::allowed_cpus()
}

/// Keeps the calling thread on one CPU.
///
/// It pays when the workers have the machine to themselves; with more threads than cores it starves some of them,
/// so nothing here does it unasked.
///
/// # Errors
///
/// When the process may not run on this CPU, or the system has no such call (`Unsupported`).
pub fn pin_current_thread(cpu: usize) -> io::Result<()> {
    imp::pin_current_thread(cpu)
}

#[cfg(target_os = "linux")]
mod imp {
    use std::io::{self, ErrorKind};

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    pub(super) fn allowed_cpus() -> Vec<usize> {
        let Ok(set) = sched_getaffinity(None) else {
            return Vec::new();
        };
        (0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect()
    }

    pub(super) fn pin_current_thread(cpu: usize) -> io::Result<()> {
        // `CpuSet::set` panics beyond the set.
        if cpu >= CpuSet::MAX_CPU {
            return Err(refused(cpu, "no such CPU", ErrorKind::InvalidInput));
        }
        let mut set = CpuSet::new();
        set.set(cpu);
        sched_setaffinity(None, &set)
            .map_err(|error| refused(cpu, "this process may not run on it", io::Error::from(error).kind()))
    }

    fn refused(cpu: usize, reason: &str, kind: ErrorKind) -> io::Error {
        io::Error::new(kind, format!("cannot pin a thread to CPU {cpu}: {reason}"))
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use std::io;

    pub(super) fn allowed_cpus() -> Vec<usize> {
        Vec::new()
    }

    pub(super) fn pin_current_thread(_cpu: usize) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn cores_are_counted_within_the_affinity() {
        assert!(available_cores().get() <= allowed_cpus().len());
    }

    #[test]
    fn a_pinned_thread_stays_on_its_cpu() {
        let cpus = thread::spawn(|| {
            let last = *allowed_cpus().last().unwrap();
            pin_current_thread(last).unwrap();
            (last, allowed_cpus(), available_cores().get())
        });
        let (last, allowed, cores) = cpus.join().unwrap();
        assert_eq!(allowed, [last]);
        assert_eq!(cores, 1);
    }

    #[test]
    fn a_cpu_that_is_not_there_is_refused() {
        for cpu in [1023, 1024, usize::MAX] {
            let error = thread::spawn(move || pin_current_thread(cpu).unwrap_err()).join().unwrap();
            assert!(error.to_string().starts_with(&format!("cannot pin a thread to CPU {cpu}")), "{error}");
        }
    }
}
