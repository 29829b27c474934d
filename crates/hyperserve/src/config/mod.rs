//! [`Config`]: every setting of a server, where it comes from, and which of several wins.
//!
//! The table of keys is in `key.rs`; files, the environment, the command line and code all set values by these names. Where
//! the two faces differ, `face.rs`, `python_rows.rs` and `spelling.rs` say how.

mod assemble;
mod entry;
mod environment;
mod error;
mod face;
mod file;
mod forms;
mod key;
mod kind;
mod lookup;
mod origin;
mod print;
mod python_listen;
mod python_rows;
#[cfg(feature = "self-signed")]
#[cfg(test)]
mod python_tests;
mod raw;
mod reading;
mod relations;
mod rows;
mod setters;
mod spelling;
#[cfg(feature = "stack")]
mod stack;
mod stack_rows;
#[cfg(feature = "self-signed")]
#[cfg(test)]
mod tests;
mod values;

use std::fmt::Display;
use std::path::{Path, PathBuf};

pub use self::entry::ConfigEntry;
pub use self::error::{ConfigError, ConfigFault};
pub use self::face::Face;
use self::key::Key;
use self::lookup::Name;
pub use self::origin::Origin;
use self::reading::Reading;

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
/// Some keys mean something to one [`Face`] alone. The other one passes over them in files and in the environment, which both
/// may read, and refuses them elsewhere.
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
    face: Face,
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
    /// Whether it was given under another name than that of its key.
    is_spelled: bool,
}

impl Config {
    /// The built-in defaults alone: no file and no environment.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same for the command of the Python package: its keys, its defaults, and the names that uvicorn has for them.
    ///
    /// ```
    /// use hyperserve::Config;
    ///
    /// let config = Config::for_python().with("port", 9000).with("timeout_keep_alive", 10);
    /// assert_eq!(config.list("listen"), ["127.0.0.1:9000"]);
    /// assert_eq!(config.get("keep_alive_timeout").unwrap().value, "10s");
    /// ```
    pub fn for_python() -> Self {
        Self { face: Face::Python, ..Self::default() }
    }

    /// The face whose keys and defaults these are.
    #[must_use]
    pub const fn face(&self) -> Face {
        self.face
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

    /// Finds the file, which is `named` or the one that [`load`](Self::load) reads, and reads it and the environment. What was
    /// read of either before is forgotten.
    pub fn with_sources(mut self, named: Option<&Path>) -> Self {
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

    /// Sets a value as a flag of the command line does, which is named to whom it is wrong. Of a list there may be many values;
    /// of anything else the last counts.
    pub fn with_flag<V: AsRef<str>>(mut self, flag: &str, name: &str, values: &[V]) -> Self {
        let text = self.joined(name, values);
        self.set(name, &text, Origin::CommandLine(flag.to_owned()));
        self
    }

    /// Sets a list from code, which nothing overrides.
    pub fn with_list<V: AsRef<str>>(mut self, name: &str, values: &[V]) -> Self {
        let text = self.joined(name, values);
        self.set(name, &text, Origin::Code);
        self
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
        match self.look_up(name, value) {
            Name::Keys(keys, reading) => {
                let text = reading.translate(value);
                // The keys of one name take the same values, so one fault is enough.
                for key in keys {
                    if !self.set_key(key, name, &text, &origin, reading) {
                        return;
                    }
                }
            }
            Name::Nothing => {}
            Name::OfTheOther if origin.is_ambient() => {}
            Name::OfTheOther => {
                let face = if self.face == Face::Rust { Face::Python } else { Face::Rust };
                self.faults
                    .push(ConfigFault::new(origin, format!("`{name}` is a key of the {face} command")));
            }
            Name::Wrong(sentence) => self.faults.push(ConfigFault::new(origin, sentence)),
        }
    }

    /// Whether the value was good.
    fn set_key(
        &mut self,
        key: &'static Key,
        called: &str,
        text: &str,
        origin: &Origin,
        reading: Reading,
    ) -> bool {
        let read = key.read(called, text);
        let is_good = read.is_ok();
        match read {
            Ok(text) => {
                let is_spelled = called != key.name;
                self.settings.push(Setting { name: key.name, text, origin: origin.clone(), is_spelled });
            }
            Err(wrong) => self.faults.push(ConfigFault::new(origin.clone(), reading.mention(&wrong))),
        }
        is_good
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
        let text = match self.kind_of(&line.name) {
            Some(kind) => line.value.into_text(kind),
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
