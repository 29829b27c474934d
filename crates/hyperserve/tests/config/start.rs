//! Servers whose settings come from the environment.

use std::path::Path;

use crate::process::Server;

const ANY_PORT: (&str, &str) = ("HS_LISTEN", "127.0.0.1:0");

/// A server on a port of its own with these variables.
pub(crate) fn started(variables: &[(&str, &str)]) -> Server {
    with_addresses(variables, 1)
}

/// The same, of which so many addresses are told.
pub(crate) fn with_addresses(variables: &[(&str, &str)], addresses: usize) -> Server {
    let variables: Vec<_> = [ANY_PORT].into_iter().chain(variables.iter().copied()).collect();
    Server::start_in(Path::new(env!("CARGO_TARGET_TMPDIR")), &variables, "", addresses)
}
