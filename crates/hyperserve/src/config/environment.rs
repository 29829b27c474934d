//! The environment: `HS_` and the name of a key, and two names from outside.

use std::ffi::OsString;

use super::key::{ALIASES, find, keys};
use super::{Config, ConfigFault, Origin};
use hyperserve_core::nearest;

const PREFIX: &str = "HS_";

/// Names the file, and is no key.
const FILE: &str = "HS_CONFIG";

impl Config {
    /// Takes what is ours of these variables.
    pub(super) fn read_environment(&mut self, variables: impl Iterator<Item = (OsString, OsString)>) {
        let mut ours: Vec<(String, OsString)> =
            variables.filter_map(|(name, value)| Some((is_ours(&name)?, value))).collect();
        // Within the environment the later one wins, and our own names are to.
        ours.sort_by_key(|(name, _)| (name.starts_with(PREFIX), name.clone()));
        for (name, value) in ours {
            self.take_variable(name, value);
        }
    }

    fn take_variable(&mut self, name: String, value: OsString) {
        if value.is_empty() {
            return;
        }
        let Ok(value) = value.into_string() else {
            return self.faults.push(ConfigFault::new(Origin::Environment(name), "not UTF-8"));
        };
        match key_of(&name) {
            Some(key) => self.set(key, &value, Origin::Environment(name)),
            None => self.faults.push(unknown(name)),
        }
    }
}

fn is_ours(name: &OsString) -> Option<String> {
    let name = name.to_str()?;
    let ours = ALIASES.iter().any(|(alias, _)| *alias == name) || (name.starts_with(PREFIX) && name != FILE);
    ours.then(|| name.to_owned())
}

fn key_of(variable: &str) -> Option<&'static str> {
    if let Some((_, key)) = ALIASES.iter().find(|(alias, _)| *alias == variable) {
        return Some(key);
    }
    let name = variable.strip_prefix(PREFIX)?;
    let capitals = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    find(&name.to_ascii_lowercase()).filter(|_| capitals).map(|key| key.name)
}

fn unknown(variable: String) -> ConfigFault {
    let variables: Vec<_> = keys().iter().map(super::Key::variable).chain([FILE.to_owned()]).collect();
    let known =
        nearest(&variable.to_ascii_uppercase(), variables.iter().map(String::as_str)).unwrap_or_default();
    let message = format!("there is no such variable; did you mean `{known}`?");
    ConfigFault::new(Origin::Environment(variable), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Config {
        let mut config = Config::new();
        let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        config.read_environment(variables);
        config
    }

    fn value(config: &Config, name: &str) -> String {
        config.get(name).unwrap().value
    }

    #[test]
    fn our_own_names_win_over_the_others() {
        let config = read(&[
            ("HS_LISTEN", "127.0.0.1:1"),
            ("SERVER_ADDR", ":2"),
            ("HEALTH_ADDR", ":9080"),
            ("PATH", "x"),
        ]);
        assert_eq!(value(&config, "listen"), "127.0.0.1:1");
        assert_eq!(value(&config, "health_listen"), ":9080");
        assert_eq!(
            config.get("health_listen").unwrap().origin,
            Origin::Environment("HEALTH_ADDR".to_owned())
        );
        config.check().unwrap();
    }

    #[test]
    fn an_unknown_variable_is_told_with_the_nearest() {
        let error = read(&[("HS_LISEN", "1"), ("HS_CONFIG", "x"), ("HS_listen", "2")]).check().unwrap_err();
        let told: Vec<_> = error.faults().iter().map(ToString::to_string).collect();
        assert_eq!(told[0], "HS_LISEN: there is no such variable; did you mean `HS_LISTEN`?");
        assert_eq!(told[1], "HS_listen: there is no such variable; did you mean `HS_LISTEN`?");
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        assert_eq!(read(&[("HS_WORKERS", "")]).get("workers").unwrap().origin, Origin::Default);
    }

    #[test]
    fn a_bad_value_names_the_variable() {
        let error = read(&[("HS_WORKERS", "many")]).check().unwrap_err();
        assert!(
            error.to_string().starts_with("HS_WORKERS: `many` is no value for `workers`: expected auto"),
            "{error}"
        );
    }
}
