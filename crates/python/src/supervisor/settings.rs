//! What the supervisor itself takes from the options, read once.

use std::path::PathBuf;
use std::time::Duration;

use hyperserve::Config;

/// The longest time between two looks at a worker.
const LOOK: Duration = Duration::from_secs(1);

/// The time between two looks that look at nothing.
const NEVER: Duration = Duration::from_secs(3600);

/// How workers are watched, replaced and stopped. `None` is off.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// How many at the start, one at least.
    pub(super) workers: usize,
    /// Whether each worker has an accept queue of its own.
    pub(super) own_queues: bool,
    /// One worker, replaced when a file changes.
    pub(super) reload: bool,
    pub(super) reload_delay: Duration,
    /// How long a worker may not answer.
    pub(super) patience: Option<Duration>,
    pub(super) lifetime: Option<Duration>,
    /// Bytes in memory that a worker may have.
    pub(super) max_rss: Option<u64>,
    pub(super) respawn: (Duration, Duration),
    /// The longest time that a worker's own drain takes.
    pub(super) drain: Duration,
    /// What it may take beyond that.
    pub(super) kill: Option<Duration>,
    pub(super) pid_file: Option<PathBuf>,
}

impl Settings {
    pub(super) fn new(config: &Config) -> Self {
        let reload = config.is_on("reload");
        let workers = if reload { 1 } else { config.number("workers").max(1) };
        let delay = |name| config.duration(name).unwrap_or_default();
        Self {
            workers: usize::try_from(workers).unwrap_or(1),
            own_queues: config.is_on("tcp_reuse_port") && workers > 1,
            reload,
            reload_delay: delay("reload_delay"),
            // Whoever develops may have stopped the worker in a debugger.
            patience: config.duration("timeout_worker_healthcheck").filter(|_| !reload),
            lifetime: config.duration("workers_lifetime"),
            max_rss: Some(config.number("workers_max_rss")).filter(|bytes| *bytes > 0),
            respawn: (delay("respawn_delay"), delay("respawn_delay_max")),
            drain: delay("drain_delay") + delay("drain_deadline"),
            kill: config.duration("workers_kill_timeout"),
            pid_file: config.list("pid_file").first().map(PathBuf::from),
        }
    }

    /// How often workers are looked at. They are asked whether they live twice at least before they are given up.
    pub(super) fn look_interval(&self) -> Duration {
        match self.patience {
            Some(patience) => (patience / 2).clamp(Duration::from_millis(100), LOOK),
            None if self.lifetime.is_none() && self.max_rss.is_none() => NEVER,
            None => LOOK,
        }
    }
}
