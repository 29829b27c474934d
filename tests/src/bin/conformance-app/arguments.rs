//! The command line of the start contract with flags of our own, which the facade's does not have.

use std::time::Duration;

use hyperserve_tests::app::Mutation;

/// Whether a word is a flag that the facade's command line does not know.
pub(crate) fn is_ours(word: &str) -> bool {
    matches!(word, "--mutate" | "--answer-after")
}

/// What the command line asks for.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) listen: Vec<String>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) mutation: Option<Mutation>,
    /// `/` reads the whole request and answers that much later, as suites for HTTP/2 want it.
    pub(crate) answer_after: Option<Duration>,
}

impl Arguments {
    /// Reads `--listen ADDR`, `--set name=value`, `--mutate KIND` and `--answer-after 20ms`, the first two as often as wanted.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(flag) = words.next() {
            let value = words.next().ok_or_else(|| format!("{flag} wants a value"))?;
            arguments.take(&flag, value)?;
        }
        Ok(arguments)
    }

    fn take(&mut self, flag: &str, value: String) -> Result<(), String> {
        match flag {
            "--listen" => self.listen.push(value),
            "--set" => {
                let (name, value) = value.split_once('=').ok_or("--set wants name=value")?;
                self.settings.push((name.to_owned(), value.to_owned()));
            }
            "--answer-after" => self.answer_after = Some(milliseconds(&value)?),
            "--mutate" => self.mutation = Some(value.parse()?),
            _ => return Err(format!("unknown flag {flag}")),
        }
        Ok(())
    }
}

/// `20ms`
fn milliseconds(value: &str) -> Result<Duration, String> {
    let number = value.strip_suffix("ms").and_then(|number| number.parse().ok());
    number
        .map(Duration::from_millis)
        .ok_or_else(|| format!("--answer-after wants milliseconds such as 20ms, not {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Arguments, String> {
        Arguments::parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn flags_repeat() {
        let arguments = parse("--listen a:1 --listen b:2 --set x=1 --set y=a=b --mutate no-close").unwrap();
        assert_eq!(arguments.listen, ["a:1", "b:2"]);
        assert_eq!(arguments.settings[1], ("y".to_owned(), "a=b".to_owned()));
        assert_eq!(arguments.mutation, Some(Mutation::NoClose));
    }

    #[test]
    fn slips_are_told() {
        for words in ["--listen", "--set x", "--mutate all", "--unknown 1", "--answer-after 1h"] {
            assert!(parse(words).is_err(), "{words}");
        }
    }
}
