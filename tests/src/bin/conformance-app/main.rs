//! The app that the conformance suite runs against: the endpoints of `spec/app.md`, served by hyperserve-server.
//!
//! `conformance-app --listen 127.0.0.1:0 --set head_timeout=1s` prints `listening on http://ADDR` and serves until SIGTERM.
//! `--mutate KIND` makes it wrong in one way on purpose, so that the suite can be seen to fail.

mod app;
mod arguments;
mod endpoints;
mod messages;
mod mutation;
mod pieces;
mod relay;
mod serve;
mod tunnel;

use std::{error::Error, process::ExitCode};

use self::{app::App, arguments::Arguments};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    serve::serve(App::new(arguments.mutation).with_answer_after(arguments.answer_after), &arguments)?;
    Ok(ExitCode::SUCCESS)
}
