//! [`Flag`]: one name of the table of keys as a flag of the command line.

use clap::{Arg, ArgAction, ArgMatches};
use hyperserve::Config;

use super::groups::{order, shown};

/// A switch that uvicorn writes with its value: `--ws-per-message-deflate false`.
const WITH_VALUE: &str = "ws_per_message_deflate";

/// Names whose value may be left out, which is then this one.
const MAY_BE_ALONE: [(&str, &str); 2] = [("metrics", "on"), ("https_redirect", "on")];

/// A name, and what is known of the key for which it stands.
pub(super) struct Flag {
    name: &'static str,
    help: String,
    is_switch: bool,
    is_list: bool,
}

/// All of them. The application has a place of its own.
pub(super) fn flags() -> Vec<Flag> {
    let config = Config::for_python();
    let keys = config.entries().into_iter().map(|entry| (entry.name, Some(entry.name)));
    let spelled = config.spellings().into_iter().map(|(name, keys)| (name, keys.first().copied()));
    let names = keys.chain(spelled).filter(|(name, _)| *name != "app");
    names.map(|(name, key)| Flag::new(&config, name, key)).collect()
}

impl Flag {
    fn new(config: &Config, name: &'static str, key: Option<&'static str>) -> Self {
        let Some(entry) = key.and_then(|key| config.get(key)) else {
            // A name that changes nothing; uvicorn has one such without a value.
            let is_switch = name == "reset_contextvars";
            return Self { name, help: String::new(), is_switch, is_list: false };
        };
        let is_switch = entry.is_switch() && name != WITH_VALUE;
        let off = if is_switch { format!(", off: --no-{}", dashed(name)) } else { String::new() };
        let default = match entry.default.as_str() {
            "" => "none",
            "true" => "on",
            "false" => "off",
            default => default,
        };
        let same = if entry.name == name { String::new() } else { format!("; the key {}", entry.name) };
        let help = format!("{} [default: {default}{off}{same}]", entry.about.trim_end_matches('.'));
        Self { name, help, is_switch, is_list: entry.is_list() }
    }

    /// What clap is to know; of a switch, also the flag that switches it off.
    pub(super) fn arguments(&self) -> Vec<Arg> {
        let mut arguments = vec![self.argument()];
        if self.is_switch {
            let off = Arg::new(self.off()).long(self.off()).action(ArgAction::SetTrue);
            arguments.push(off.overrides_with(self.name).global(true).hide(true));
        }
        arguments
    }

    fn argument(&self) -> Arg {
        let place = shown(self.name);
        let word = place.map(|(_, word)| word).filter(|word| !word.is_empty()).unwrap_or("VALUE");
        let mut argument = Arg::new(self.name)
            .long(dashed(self.name))
            .help(self.help.clone())
            .value_name(word)
            .global(true)
            .hide(place.is_none())
            .display_order(order(self.name))
            .help_heading(place.map(|(heading, _)| heading));
        argument = match self.alone() {
            // `--reload app:app` names an application.
            Some(alone) => argument.num_args(0..=1).require_equals(true).default_missing_value(alone),
            None => argument.num_args(1),
        };
        if self.is_switch {
            argument = argument.hide_possible_values(true).overrides_with(self.off()).value_name("");
        }
        if self.is_list {
            return argument.action(ArgAction::Append).allow_hyphen_values(false);
        }
        argument.action(ArgAction::Set).overrides_with(self.name)
    }

    /// What it means without a value, if that means anything.
    fn alone(&self) -> Option<&'static str> {
        let alone = MAY_BE_ALONE.iter().find(|(name, _)| *name == self.name).map(|(_, alone)| *alone);
        alone.or(self.is_switch.then_some("true"))
    }

    fn off(&self) -> String {
        format!("no-{}", dashed(self.name))
    }

    /// The configuration with what was said of it.
    pub(super) fn apply(&self, config: Config, matches: &ArgMatches) -> Config {
        let config = match matches.get_many::<String>(self.name) {
            Some(values) => {
                let values: Vec<_> = values.collect();
                config.with_flag(&format!("--{}", dashed(self.name)), self.name, &values)
            }
            None => config,
        };
        if self.is_switch && matches.get_flag(&self.off()) {
            return config.with_flag(&format!("--{}", self.off()), self.name, &["false"]);
        }
        config
    }
}

/// `keep-alive` for `keep_alive`.
fn dashed(name: &str) -> String {
    name.replace('_', "-")
}
