//! The command line of the start contract.

use crate::mutation::Mutation;

/// What the command line asks for.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) listen: Vec<String>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) mutation: Option<Mutation>,
}

impl Arguments {
    /// Reads `--listen ADDR`, `--set name=value` and `--mutate KIND`, the first two as often as wanted.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(flag) = words.next() {
            let value = words.next().ok_or_else(|| format!("{flag} wants a value"))?;
            arguments.take(&flag, value)?;
        }
        if arguments.listen.is_empty() {
            arguments.listen.push("127.0.0.1:0".to_owned());
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
            "--mutate" => self.mutation = Some(value.parse()?),
            _ => return Err(format!("unknown flag {flag}")),
        }
        Ok(())
    }
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
        for words in ["--listen", "--set x", "--mutate all", "--unknown 1"] {
            assert!(parse(words).is_err(), "{words}");
        }
    }
}
