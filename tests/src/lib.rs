//! The conformance suite: reads the cases of `spec/cases`, plays each over a real socket against a server program, and
//! judges what a client sees.
//!
//! The form of a case file and what the runner checks in every answer, asked or not, is written in `spec/README.md`; the
//! program under test keeps the start contract of `spec/app.md`, so any executable of either face can stand in for the
//! workspace's own `conformance-app`.
//!
//! ```no_run
//! use hyperserve_tests::{Program, Suite};
//!
//! # async fn run() -> Result<(), hyperserve_tests::Fault> {
//! let suite = Suite::load(&hyperserve_tests::cases_folder())?;
//! let program = Program::new("python -m my_app");
//! let verdicts = suite.select(|case| case.id.starts_with("host")).run(&program).await;
//! assert!(verdicts.iter().all(|verdict| verdict.failure.is_none()));
//! # Ok(())
//! # }
//! ```

pub mod app;
mod case;
mod coding;
mod escape;
mod fault;
mod harness;
mod in_process;
mod judge;
mod parts;
mod play;
mod process;
mod socket;
mod subset;
mod suite;
mod wire;

pub use case::{
    Answer, Awaited, Bytes, Case, CaseFile, Fate, Hex, Opcode, Pattern, Reply, SentFrame, SetCookie,
    Settings, Start, Step, parse_file,
};
pub use fault::Fault;
pub use harness::{Options, conclude};
pub use in_process::InProcess;
pub use parts::Part;
pub use process::{Program, Server};
pub use subset::Subset;
pub use suite::{Suite, Verdict, cases_folder};
pub use wire::{Asked, Framing, Parsed, Response, parse};
