//! Plays the cases of `spec/cases` that need no connection against the app's service, without a socket.

use std::{error::Error, process::ExitCode, time::Instant};

use hyperserve_tests::{
    Options, Suite,
    app::{self, Variant},
    cases_folder, conclude,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1));
    let all = Suite::load(&cases_folder())?.in_process();
    let suite = options.apply(&all);
    if options.listed(&suite) {
        return Ok(ExitCode::SUCCESS);
    }
    let started = Instant::now();
    let verdicts = suite.run_in_process(|settings| app::service(Variant::default(), settings)).await;
    let filtered_out = all.names().count() - suite.names().count();
    let green = conclude(&verdicts, filtered_out, started.elapsed());
    Ok(if green { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
