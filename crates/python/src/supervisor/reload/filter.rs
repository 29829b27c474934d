//! Which files count, and which folders are not looked into.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// What an app is made of.
const CODE: &str = "*.py";

/// Folders that hold no code of the app's own, beside hidden ones and virtual environments.
const NOT_CODE: [&str; 3] = ["__pycache__", "node_modules", "site-packages"];

/// Patterns of files. A pattern without a leading `/` matches the end of a path: `*.html`, `templates/*.txt`.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    include: GlobSet,
    /// Those whose name begins with a dot: hidden files count if they are named alone.
    include_hidden: GlobSet,
    exclude: GlobSet,
}

impl Filter {
    /// `*.py` counts beside `include`, unless `exclude` names it.
    pub(super) fn new(include: &[String], exclude: &[String]) -> Result<Self, String> {
        let code = (!exclude.iter().any(|pattern| pattern == CODE)).then_some(CODE);
        let (hidden, shown): (Vec<&str>, Vec<&str>) = include
            .iter()
            .map(String::as_str)
            .chain(code)
            .partition(|pattern| pattern.rsplit('/').next().is_some_and(|name| name.starts_with('.')));
        let exclude: Vec<&str> = exclude.iter().map(|pattern| pattern.trim_end_matches('/')).collect();
        Ok(Self { include: set(&shown)?, include_hidden: set(&hidden)?, exclude: set(&exclude)? })
    }

    pub(super) fn counts(&self, file: &Path) -> bool {
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let include = if name.starts_with('.') { &self.include_hidden } else { &self.include };
        !name.ends_with('~') && include.is_match(file) && !self.exclude.is_match(file)
    }

    /// Whether a folder below a watched one is left out.
    pub(super) fn skips(&self, folder: &Path) -> bool {
        let name = folder.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        name.starts_with('.')
            || NOT_CODE.contains(&name.as_ref())
            || self.exclude.is_match(folder)
            || folder.join("pyvenv.cfg").exists()
    }
}

fn set(patterns: &[&str]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let anchored = if pattern.starts_with('/') { (*pattern).to_owned() } else { format!("**/{pattern}") };
        let glob = GlobBuilder::new(&anchored).literal_separator(true).build();
        set.add(glob.map_err(|error| format!("`{pattern}` is no pattern of files: {}", error.kind()))?);
    }
    set.build().map_err(|error| format!("the patterns of files cannot be used: {error}"))
}
