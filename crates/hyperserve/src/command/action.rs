//! What the command can do beside serving.

use clap::Subcommand;
use clap_complete::Shell;

/// Serving is what happens when nothing is named.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Action {
    /// Serve until SIGTERM or Ctrl+C; what happens when no command is named
    Serve,
    /// List the routes: methods, pattern, name, handler, and where each was registered
    Routes {
        /// As JSON, one array of objects
        #[arg(long)]
        json: bool,
    },
    /// Say whether the configuration is good, certificates included, and what is wrong with it
    CheckConfig,
    /// Print the completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}
