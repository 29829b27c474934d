//! The suite serves the cases, our client visits each of them and echoes.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::json;

use super::suite::Suite;
use super::verdicts::Verdicts;
use super::{LIMIT, Plan, build, conclude, page, reports};
use crate::failure::Failure;
use crate::process_tree;
use crate::workspace::Workspace;

const NAME: &str = "our-client";
const CASES: usize = 517;
/// How long Python may take until it listens.
const START: Duration = Duration::from_secs(30);

/// The suite as a server. Dropping it ends it.
#[derive(Debug)]
struct Serving {
    child: Child,
    address: SocketAddr,
}

pub(super) fn run(workspace: &Workspace, suite: &Suite) -> Result<(), Failure> {
    let program = build(workspace, "ws-echo-client", true)?;
    let plan = Plan { name: NAME, flags: &[], cases: vec!["*".to_owned()], number: CASES, limit: LIMIT };
    let folder = reports(workspace, &plan);
    let serving = Serving::start(suite, &folder, &plan)?;
    visit(workspace, &program, &serving)?;
    drop(serving);
    let verdicts = Verdicts::read(&folder, NAME)?;
    let table = verdicts.table();
    conclude(workspace, &[plan], &[verdicts])?;
    page::CLIENT.hold(workspace, &table)
}

/// One process for all cases; the last address has the suite write its report.
fn visit(workspace: &Workspace, program: &Path, serving: &Serving) -> Result<(), Failure> {
    let to = |path: String| format!("ws://{}{path}", serving.address);
    let cases = (1..=CASES).map(|case| to(format!("/runCase?case={case}&agent={NAME}")));
    let report = to(format!("/updateReports?agent={NAME}"));
    workspace.job(program).args(cases.chain([report])).limit(LIMIT).succeed()
}

impl Serving {
    fn start(suite: &Suite, folder: &Path, plan: &Plan) -> Result<Self, Failure> {
        let address = free_address()?;
        let specification = json!({
            "outdir": folder,
            "url": format!("ws://{address}"),
            "webport": 0,
            "options": {"failByDrop": false},
            "cases": plan.cases,
            "exclude-cases": [],
            "exclude-agent-cases": {},
        });
        let job = suite.wstest("fuzzingserver", folder, &specification, plan.limit)?;
        let serving = Self { child: job.args(["--webport", "0"]).silently()?, address };
        serving.wait()?;
        Ok(serving)
    }

    fn wait(&self) -> Result<(), Failure> {
        let started = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if started.elapsed() > START {
                return Err(Failure::new(format!("the suite does not listen after {} s", START.as_secs())));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        process_tree::kill(self.child.id());
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago: the suite cannot be asked for any.
fn free_address() -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    listener.map_err(Failure::during("looking for a free port"))
}
