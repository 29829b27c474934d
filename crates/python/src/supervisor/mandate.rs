//! What a worker process is told at its start, in one variable of its environment.

use std::collections::BTreeMap;
use std::os::fd::RawFd;

use serde::{Deserialize, Serialize};

/// The variable that makes a process a worker.
pub(super) const VARIABLE: &str = "HYPERSERVE_WORKER";

/// JSON: `{"options": {name: text}, "control": 9, "index": 0, "path": ["/srv/app"]}`.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Mandate {
    /// Every option in canonical form; addresses are those of inherited sockets.
    pub(super) options: BTreeMap<String, String>,
    /// The worker's end of the socket pair to its supervisor.
    pub(super) control: RawFd,
    /// Which worker it is, from 0.
    pub(super) index: usize,
    /// The supervisor's `sys.path`: a worker finds what its parent finds.
    pub(super) path: Vec<String>,
}
