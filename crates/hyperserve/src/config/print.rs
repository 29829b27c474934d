//! A configuration as a file that says where each value comes from.

use std::fmt::Write;

use super::{Config, Origin};

impl Config {
    /// Every value in force as TOML, each with a comment that says where it comes from. Reading it back changes nothing.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for entry in self.entries() {
            let from = match &entry.origin {
                Origin::Default => "built-in default".to_owned(),
                Origin::Application => "the application's default".to_owned(),
                Origin::Code => "the code".to_owned(),
                origin => origin.to_string().escape_default().to_string(),
            };
            // Writing to a `String` does not fail.
            let _ = writeln!(text, "{} = {} # from {from}", entry.name, entry.to_toml());
        }
        text
    }
}
