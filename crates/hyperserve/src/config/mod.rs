//! [`Config`]: every setting of a server, where it comes from, and which of several wins.
//!
//! The table of keys is in `key.rs`; files, the environment, the command line and code all set values by these names.

mod assemble;
mod entry;
mod environment;
mod error;
mod file;
mod key;
mod kind;
mod origin;
mod print;
mod raw;
mod relations;
mod setters;
#[cfg(feature = "self-signed")]
#[cfg(test)]
mod tests;
mod values;

use std::fmt::Display;
use std::path::{Path, PathBuf};

pub use self::entry::ConfigEntry;
pub use self::error::{ConfigError, ConfigFault};
use self::key::Key;
pub use self::origin::Origin;
use hyperserve_core::nearest;

/// Every setting of a server: its values, and where each comes from.
///
/// | who says it | wins over |
/// |---|---|
/// | the built-in defaults | |
/// | [`with_defaults`](Self::with_defaults): the application's own defaults | the above |
/// | the file: `--config`, `HS_CONFIG`, else `hyperserve.toml` or `options.json` in the working directory | the above |
/// | the environment: `HS_` and the name in capitals | the above |
/// | the command line | the above |
/// | [`with`](Self::with) and the other setters: the code | all |
///
/// Names are flat and the same everywhere; `docs/guide/configuration.md` lists them. Durations are written `30s`, sizes
/// `2MiB`, lists with commas (in files as arrays); `false`, `0` and `off` switch a thing off.
///
/// Setters do not fail. What is wrong is found by [`check`](Self::check), and by everything that uses the configuration,
/// with all faults at once.
///
/// ```
/// use hyperserve::Config;
///
/// let config = Config::new().with("listen", "127.0.0.1:0").with("head_timeout", "5s").with("workers", 2);
/// assert_eq!(config.get("head_timeout").unwrap().to_string(), "head_timeout = \"5s\" (code)");
///
/// let error = Config::new().with("head_timout", "5s").with("workers", "many").check().unwrap_err();
/// assert_eq!(error.faults().len(), 2);
/// assert_eq!(error.faults()[0].to_string(), "there is no key `head_timout`; did you mean `head_timeout`?");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Config {
    /// In the order in which they came.
    settings: Vec<Setting>,
    faults: Vec<ConfigFault>,
}

/// A value that was accepted.
#[derive(Clone, Debug)]
struct Setting {
    name: &'static str,
    /// In canonical form.
    text: String,
    origin: Origin,
}

impl Config {
    /// The built-in defaults alone: no file and no environment.
    pub fn new() -> Self {
        Self::default()
    }

    /// The configuration of this process: the defaults, the file and the environment.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn load() -> Result<Self, ConfigError> {
        let config = Self::new().with_sources(None);
        config.check().map(|()| config)
    }

    /// Sets one value from code, which nothing overrides.
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        self.set(name, &value.to_string(), Origin::Code);
        self
    }

    /// Sets the application's own defaults, which everything else overrides, whenever it was set.
    pub fn with_defaults<N: AsRef<str>, V: Display>(
        mut self,
        defaults: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        for (name, value) in defaults {
            self.set(name.as_ref(), &value.to_string(), Origin::Application);
        }
        self
    }

    /// Reads this file: JSON if its name ends in `.json`, TOML otherwise.
    pub fn with_file(mut self, path: impl AsRef<Path>) -> Self {
        self.read_file(path.as_ref());
        self
    }

    /// Reads the environment: `HS_` and the name of a key in capitals, and `SERVER_ADDR` (`listen`) and `HEALTH_ADDR`
    /// (`health_listen`), over which the `HS_` names win. An empty variable counts as not set.
    pub fn with_environment(mut self) -> Self {
        self.read_environment(std::env::vars_os());
        self
    }

    /// Finds the file, reads it and the environment. What was read of either before is forgotten.
    pub(crate) fn with_sources(mut self, named: Option<&Path>) -> Self {
        self.settings.retain(|setting| !setting.origin.is_ambient());
        self.faults.retain(|fault| !fault.origin().is_ambient());
        let in_variable = std::env::var_os("HS_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        match named
            .map(Path::to_owned)
            .or(in_variable)
            .map_or_else(|| file::find(Path::new(".")), |path| Ok(Some(path)))
        {
            Ok(None) => {}
            Ok(Some(path)) => self.read_file(&path),
            Err(both) => {
                let origin = Origin::File { path: PathBuf::from("."), line: None };
                self.faults.push(ConfigFault::new(origin, both));
            }
        }
        self.with_environment()
    }

    /// Sets one value as a flag of the command line does.
    #[cfg(feature = "command")]
    pub(crate) fn set_flag(&mut self, name: &str, value: &str, flag: String) {
        self.set(name, value, Origin::CommandLine(flag));
    }

    /// Looks at everything that can be wrong without opening a socket or a certificate.
    ///
    /// # Errors
    ///
    /// All faults: unknown keys, values that cannot be read, keys that do not go together.
    pub fn check(&self) -> Result<(), ConfigError> {
        ConfigError::of(self.faults.iter().cloned().chain(self.relations()).collect())
    }

    fn set(&mut self, name: &str, value: &str, origin: Origin) {
        let Some(key) = key::find(name) else {
            let known = nearest(name, key::keys().iter().map(|key| key.name));
            let hint = known.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
            return self.faults.push(ConfigFault::new(origin, format!("there is no key `{name}`{hint}")));
        };
        self.set_key(key, value, origin);
    }

    fn set_key(&mut self, key: &'static Key, value: &str, origin: Origin) {
        match key.read(value) {
            Ok(text) => self.settings.push(Setting { name: key.name, text, origin }),
            Err(sentence) => self.faults.push(ConfigFault::new(origin, sentence)),
        }
    }

    fn read_file(&mut self, path: &Path) {
        let origin = |line| Origin::File { path: path.to_owned(), line };
        match file::read(path) {
            Ok(lines) => lines.into_iter().for_each(|line| self.take_line(line, &origin)),
            Err(unreadable) => {
                self.faults.push(ConfigFault::new(origin(unreadable.line), unreadable.message));
            }
        }
    }

    fn take_line(&mut self, line: file::Line, origin: &dyn Fn(Option<usize>) -> Origin) {
        let origin = origin(line.number);
        let text = match key::find(&line.name) {
            Some(key) => line.value.into_text(key.kind),
            None => Ok(String::new()),
        };
        match text {
            Ok(text) => self.set(&line.name, &text, origin),
            Err(wrong) => self.faults.push(ConfigFault::new(origin, format!("`{}`: {wrong}", line.name))),
        }
    }

    /// What counts for a key.
    fn winner(&self, name: &str) -> Option<&Setting> {
        // Of several equals the last is the maximum.
        self.settings
            .iter()
            .filter(|setting| setting.name == name)
            .max_by_key(|setting| setting.origin.rank())
    }
}
