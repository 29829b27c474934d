//! cargo-deny: licences, bans and sources from the lock file alone; advisories where their database can be reached.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::Failure;
use crate::job::Job;
use crate::report::Report;
use crate::tools::Tool;
use crate::workspace::Workspace;

const CARGO_DENY: Tool = Tool {
    package: "cargo-deny",
    version: "0.20.2",
    program: "cargo-deny",
    takes: "about three and a half minutes on two cores",
};
/// How long the advisory database may take to arrive before it counts as out of reach.
const FETCH_LIMIT: Duration = Duration::from_secs(120);

/// Adds both checks to `report`.
pub(crate) fn check(workspace: &Workspace, report: &mut Report) {
    let mut tool = None;
    report.check("deny: bans licenses sources", || {
        let tool = tool.insert(prepare(workspace)?);
        deny(workspace, tool, &["--offline", "check", "bans", "licenses", "sources"]).succeed()
    });
    if let Some(tool) = tool {
        advisories(workspace, &tool, report);
    }
}

/// The tool, and every crate of the lock file on disk: offline checks read licence texts from there.
fn prepare(workspace: &Workspace) -> Result<PathBuf, Failure> {
    workspace.cargo("fetch", &[]).succeed()?;
    CARGO_DENY.ensure(workspace)
}

fn advisories(workspace: &Workspace, tool: &Path, report: &mut Report) {
    const NAME: &str = "deny: advisories";
    match deny(workspace, tool, &["fetch", "db"]).limit(FETCH_LIMIT).output() {
        Ok(_) => report
            .check(NAME, || deny(workspace, tool, &["check", "--disable-fetch", "advisories"]).succeed()),
        Err(_) => report.skip(
            NAME,
            "the advisory database cannot be reached from here; the version floors of deny.toml were checked",
        ),
    }
}

fn deny(workspace: &Workspace, tool: &Path, arguments: &[&str]) -> Job {
    workspace.job(tool).args(["--locked"]).args(arguments)
}
