//! The app that the conformance suite runs against: the endpoints of `spec/app.md`, behind the facade's command line.
//!
//! `conformance-app --listen 127.0.0.1:0 --set head_timeout=1s` prints `listening on http://ADDR` and serves until SIGTERM.
//! `--mutate KIND` makes it wrong in one way on purpose, so that the suite can be seen to fail.

mod arguments;
mod relay;
mod serve;

use std::{error::Error, process::ExitCode};

use hyperserve::Config;
use hyperserve_tests::app::{self, Variant};

use self::arguments::Arguments;

/// What the start contract asks for, all of it overridable.
const DEFAULTS: [(&str, &str); 3] = [("listen", "127.0.0.1:0"), ("workers", "1"), ("log", "warn")];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let config = Config::new().with_defaults(DEFAULTS);
    let words: Vec<_> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| arguments::is_ours(word)) {
        return Ok(app::app(Variant::default()).with_config(config).run_cli());
    }
    serve::serve(&Arguments::parse(words.into_iter())?, config)?;
    Ok(ExitCode::SUCCESS)
}
