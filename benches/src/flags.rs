//! A command line of `--name value` pairs.

use std::collections::BTreeMap;
use std::env;
use std::str::FromStr;

/// The flags of a program, each with the value it was given.
#[derive(Debug, Default)]
pub struct Flags(BTreeMap<String, String>);

impl Flags {
    /// Reads the process's arguments; `known` are the names it takes, without their dashes.
    ///
    /// # Errors
    /// A message for the user: a name that is not known, or one without a value.
    pub fn from_env(known: &[&str]) -> Result<Self, String> {
        Self::parse(known, env::args().skip(1))
    }

    fn parse(known: &[&str], mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut flags = Self::default();
        while let Some(flag) = args.next() {
            let name = flag.strip_prefix("--").filter(|name| known.contains(name));
            let name = name.ok_or_else(|| format!("unknown flag {flag}; known: --{}", known.join(" --")))?;
            let text = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
            flags.0.insert(name.to_owned(), text);
        }
        Ok(flags)
    }

    /// The value of `name`, or `default` where it was not given.
    ///
    /// # Errors
    /// A message for the user when the text is not a `T`.
    pub fn get<T: FromStr>(&self, name: &str, default: T) -> Result<T, String> {
        let Some(text) = self.0.get(name) else { return Ok(default) };
        text.parse().map_err(|_| format!("--{name} cannot take {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Flags;

    fn parse(line: &str) -> Result<Flags, String> {
        Flags::parse(&["count", "seconds"], line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn given_values_win_over_defaults() {
        let flags = parse("--count 7").unwrap();
        assert_eq!(flags.get("count", 1), Ok(7));
        assert_eq!(flags.get("seconds", 2.5), Ok(2.5));
    }

    #[test]
    fn faults_are_named() {
        assert!(parse("--cuont 7").unwrap_err().contains("--cuont"));
        assert!(parse("--count").unwrap_err().contains("needs a value"));
        assert!(parse("--count x").unwrap().get("count", 1).unwrap_err().contains("\"x\""));
    }
}
