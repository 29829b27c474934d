//! [`Flag`]: one name of the table of keys as a flag of the command line.

use clap::{Arg, ArgAction, ArgMatches};
use hyperserve::{Config, ConfigEntry};

use super::groups::{order, shown};

/// A switch that uvicorn writes with its value: `--ws-per-message-deflate false`.
const WITH_VALUE: &str = "ws_per_message_deflate";

/// Characters of a line of help, which stands ten columns in.
const WIDTH: usize = 86;

/// Names whose value may be left out, which is then this one.
const MAY_BE_ALONE: [(&str, &str); 2] = [("metrics", "on"), ("https_redirect", "on")];

/// A name, and what is known of the key for which it stands.
pub(super) struct Flag {
    name: &'static str,
    help: String,
    is_switch: bool,
    is_list: bool,
}

/// All of them, in the order of the help. The application has a place of its own.
pub(super) fn flags() -> Vec<Flag> {
    let config = Config::for_python();
    let keys = config.entries().into_iter().map(|entry| (entry.name, Some(entry.name)));
    let spelled = config.spellings().into_iter().map(|(name, keys)| (name, keys.first().copied()));
    let names = keys.chain(spelled).filter(|(name, _)| *name != "app");
    let mut flags: Vec<_> = names.map(|(name, key)| Flag::new(&config, name, key)).collect();
    flags.sort_by_key(|flag| order(flag.name));
    flags
}

impl Flag {
    fn new(config: &Config, name: &'static str, key: Option<&'static str>) -> Self {
        let Some(entry) = key.and_then(|key| config.get(key)) else {
            // A name that changes nothing; uvicorn has one such without a value.
            let is_switch = name == "reset_contextvars";
            return Self { name, help: String::new(), is_switch, is_list: false };
        };
        let is_switch = entry.is_switch() && name != WITH_VALUE;
        Self { name, help: help(name, is_switch, &entry), is_switch, is_list: entry.is_list() }
    }

    /// What clap is to know; of a switch, also the flag that switches it off.
    pub(super) fn arguments(&self) -> Vec<Arg> {
        if !self.is_switch {
            return vec![self.valued()];
        }
        let on = self.shown(Arg::new(self.name).long(dashed(self.name)));
        let off = Arg::new(self.off()).long(self.off()).global(true).hide(true);
        vec![
            on.action(ArgAction::SetTrue).overrides_with(self.off()),
            off.action(ArgAction::SetTrue).overrides_with(self.name),
        ]
    }

    /// A flag with a value. The last of several counts, but for lists.
    fn valued(&self) -> Arg {
        let word = shown(self.name).map_or("VALUE", |(_, word)| word);
        let argument = self.shown(Arg::new(self.name).long(dashed(self.name)).value_name(word));
        let argument = match MAY_BE_ALONE.iter().find(|(name, _)| *name == self.name) {
            // `--metrics app:app` names an application.
            Some((_, alone)) => argument.num_args(0..=1).require_equals(true).default_missing_value(*alone),
            None => argument.num_args(1),
        };
        if self.is_list {
            return argument.action(ArgAction::Append);
        }
        argument.action(ArgAction::Set).overrides_with(self.name)
    }

    /// Where it stands in the help, and what it says there.
    fn shown(&self, argument: Arg) -> Arg {
        let heading = shown(self.name).map(|(heading, _)| heading);
        argument.help(self.help.clone()).help_heading(heading).hide(heading.is_none()).global(true)
    }

    fn off(&self) -> String {
        format!("no-{}", dashed(self.name))
    }

    /// The configuration with what was said of it.
    pub(super) fn apply(&self, config: Config, matches: &ArgMatches) -> Config {
        if self.is_switch {
            let said = [
                (dashed(self.name), matches.get_flag(self.name)),
                (self.off(), matches.get_flag(&self.off())),
            ];
            let said = said.iter().zip(["true", "false"]).find(|((_, is_there), _)| *is_there);
            return said.map_or(config.clone(), |((flag, _), value)| {
                config.with_flag(&format!("--{flag}"), self.name, &[value])
            });
        }
        let Some(values) = matches.get_many::<String>(self.name) else { return config };
        let values: Vec<_> = values.collect();
        config.with_flag(&format!("--{}", dashed(self.name)), self.name, &values)
    }
}

/// What the key is for, what it is when nobody says anything, and its own name.
fn help(name: &str, is_switch: bool, entry: &ConfigEntry) -> String {
    let default = match entry.default.as_str() {
        "" => None,
        "true" => Some("on"),
        "false" => Some("off"),
        _ if entry.about.ends_with("Off by default.") => None,
        default => Some(default),
    };
    // The words of a choice stand in backticks.
    let words = entry.kind.starts_with('`').then(|| entry.kind.replace('`', ""));
    let can_be_off = is_switch && default != Some("off");
    let notes = [
        words,
        default.map(|default| format!("default: {default}")),
        can_be_off.then(|| format!("off: --no-{}", dashed(name))),
        (entry.name != name).then(|| format!("key: {}", entry.name)),
    ];
    let notes: Vec<_> = notes.into_iter().flatten().collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" [{}]", notes.join("; ")) };
    wrapped(&format!("{}{notes}", entry.about.trim_end_matches('.')), WIDTH)
}

/// In lines of at most this many characters, unless a word is longer.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + word.len() < width => line.extend([" ", word]),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// `keep-alive` for `keep_alive`.
fn dashed(name: &str) -> String {
    name.replace('_', "-")
}
