//! The environment: `HS_` and the name of a key, and two names from outside.

use std::ffi::OsString;

use super::key::find;
use super::spelling::spelling;
use super::{Config, ConfigFault, Face, Origin};
use hyperserve_core::nearest;

const PREFIX: &str = "HS_";

/// Names from outside that stand for a name of ours, to one face or to both. Our own variables win over them.
const ALIASES: [(&str, &str, Option<Face>); 4] = [
    ("SERVER_ADDR", "listen", None),
    ("HEALTH_ADDR", "health_listen", None),
    ("WEB_CONCURRENCY", "workers", Some(Face::Python)),
    ("FORWARDED_ALLOW_IPS", "forwarded_allow_ips", Some(Face::Python)),
];

/// Names the file, and is no key.
const FILE: &str = "HS_CONFIG";

impl Config {
    /// Takes what is ours of these variables.
    pub(super) fn read_environment(&mut self, variables: impl Iterator<Item = (OsString, OsString)>) {
        let mut ours: Vec<(String, OsString)> =
            variables.filter_map(|(name, value)| Some((self.is_ours(&name)?, value))).collect();
        // Within the environment the later one wins: our own names over others, and those of keys over other spellings.
        ours.sort_by_key(|(name, _)| {
            let is_other = own(name).is_some_and(|own| find(&own).is_none() && spelling(&own).is_some());
            (name.starts_with(PREFIX), !is_other, name.clone())
        });
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
        match self.named_by(&name) {
            Some(own) => self.set(&own, &value, Origin::Environment(name)),
            None => {
                let fault = self.unknown_variable(&name);
                self.faults.push(ConfigFault::new(Origin::Environment(name), fault));
            }
        }
    }

    fn is_ours(&self, name: &OsString) -> Option<String> {
        let name = name.to_str()?;
        let ours = self.alias(name).is_some() || (name.starts_with(PREFIX) && name != FILE);
        ours.then(|| name.to_owned())
    }

    fn alias(&self, variable: &str) -> Option<&'static str> {
        let of_this_face = |face: Option<Face>| face.is_none_or(|only| only == self.face);
        let alias = ALIASES.iter().find(|(alias, _, face)| *alias == variable && of_this_face(*face));
        alias.map(|(_, name, _)| *name)
    }

    /// What a variable sets, if that is a name of any face.
    fn named_by(&self, variable: &str) -> Option<String> {
        if let Some(name) = self.alias(variable) {
            return Some(name.to_owned());
        }
        let is_known = |name: &String| self.kind_of(name).is_some() || self.is_of_the_other(name);
        own(variable).filter(is_known)
    }

    fn unknown_variable(&self, variable: &str) -> String {
        let variables: Vec<_> =
            self.names().map(|name| format!("{PREFIX}{}", name.to_ascii_uppercase())).collect();
        let known = variables.iter().map(String::as_str).chain([FILE]);
        let known = nearest(&variable.to_ascii_uppercase(), known).unwrap_or_default();
        format!("there is no such variable; did you mean `{known}`?")
    }
}

/// `listen` for `HS_LISTEN`.
fn own(variable: &str) -> Option<String> {
    let name = variable.strip_prefix(PREFIX)?;
    let capitals = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    capitals.then(|| name.to_ascii_lowercase())
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
