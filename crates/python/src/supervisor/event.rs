//! What happens to a supervisor.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use tokio::sync::oneshot;

use super::line::Said;
use super::metrics::Probe;
use super::signals::Signal;

/// One worker process of all that a supervisor ever starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(pub(super) u64);

#[derive(Debug)]
pub(super) enum Event {
    Signal(Signal),
    Said(Id, Said),
    Ended(Id, io::Result<ExitStatus>),
    /// These files of the app are not what they were.
    Changed(Vec<PathBuf>),
    /// Somebody wants every worker's counters.
    Scraped(oneshot::Sender<Vec<Probe>>),
}
