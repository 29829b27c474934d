//! `cargo xtask slow`: slowhttptest's slow heads, slow bodies, range attack and slow readers, at the default limits.

use crate::debian::{self, Suite};
use crate::failure::Failure;
use crate::server::Server;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    debian::ensure(&[Suite::Slow])?;
    let app = workspace.program("hyperserve-tests", "conformance-app")?;
    let server = Server::start(&app, &[])?;
    workspace.job("python3").args(["tests/e2e/audit/slow.py", server.url()]).succeed()
}
