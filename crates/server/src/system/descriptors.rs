//! The limit on open descriptors: one connection is one descriptor, and the usual soft limit is 1024.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The process's limit on open descriptors (`RLIMIT_NOFILE`); `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DescriptorLimit {
    /// The limit before.
    pub before: Option<u64>,
    /// The limit now.
    pub now: Option<u64>,
}

/// Raises the soft limit on open descriptors to the hard limit. Needs no privilege; call it once at the start.
///
/// The soft limit is low by default only for programs that use select(2), which cannot watch descriptors from 1024
/// up. This server never does. A child process that might should lower its own limit again.
///
/// # Errors
///
/// When the system refuses, as some do for an unlimited hard limit. The old limit then stands.
pub fn raise_descriptor_limit() -> io::Result<DescriptorLimit> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    }
    Ok(DescriptorLimit { before: current, now: getrlimit(Resource::Nofile).current })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_reaches_the_hard_one() {
        let Rlimit { maximum: hard, .. } = getrlimit(Resource::Nofile);
        let low = Some(hard.map_or(4096, |hard| hard - 1));
        setrlimit(Resource::Nofile, Rlimit { current: low, maximum: hard }).unwrap();
        assert_eq!(raise_descriptor_limit().unwrap(), DescriptorLimit { before: low, now: hard });
        assert_eq!(raise_descriptor_limit().unwrap().before, hard);
    }
}
