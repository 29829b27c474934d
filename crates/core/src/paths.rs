//! [`Paths`]: which requests a layer is for, by segment-aware prefixes and exact paths.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// A set of paths, built once and asked for every request without allocating.
///
/// | written | covers |
/// |---|---|
/// | `/api` or `/api/` | `/api`, `/api/`, `/api/x`; never `/apix` |
/// | `=/healthz` | `/healthz` alone |
/// | `/` | everything, a target without a path (`*`) as well |
///
/// Paths are compared as they stand in the request target, byte by byte: nothing is decoded, no case is folded, no dots
/// are resolved. The routers compare so too; what may stand for two things is for the server to refuse.
///
/// ```
/// use hyperserve_core::Paths;
///
/// let paths = Paths::try_new(["/api", "=/healthz"])?;
/// assert!(paths.matches("/api") && paths.matches("/api/users/7") && paths.matches("/healthz"));
/// assert!(!paths.matches("/apix") && !paths.matches("/healthz/"));
/// assert_eq!("/api, =/healthz".parse(), Ok(paths));
/// # Ok::<(), hyperserve_core::PathsError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    all: bool,
    /// Without a slash at the end, in the order of their segments; none is below another.
    prefixes: Vec<Box<str>>,
    /// In the order of their bytes.
    exact: Vec<Box<str>>,
}

impl Paths {
    /// No path at all.
    #[must_use]
    pub const fn none() -> Self {
        Self { all: false, prefixes: Vec::new(), exact: Vec::new() }
    }

    /// Every path.
    #[must_use]
    pub const fn all() -> Self {
        Self { all: true, prefixes: Vec::new(), exact: Vec::new() }
    }

    /// Reads entries: `/api` for a path and what is below it, `=/healthz` for a path alone.
    ///
    /// # Errors
    ///
    /// [`PathsError`] for an entry that does not begin with `/`, or has in it what no path of a request has: a query, a
    /// wildcard, spaces, bytes outside ASCII, segments that are empty or dots.
    pub fn try_new<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> Result<Self, PathsError> {
        let mut paths = Self::none();
        for entry in entries {
            paths.add(entry.as_ref().trim_ascii())?;
        }
        Ok(paths.sorted())
    }

    /// What this set covers, and what the other does.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        self.all |= other.all;
        self.prefixes.extend(other.prefixes);
        self.exact.extend(other.exact);
        self.sorted()
    }

    fn add(&mut self, entry: &str) -> Result<(), PathsError> {
        if let Some(path) = entry.strip_prefix('=') {
            let path = path.trim_ascii_start();
            check(path).map_err(|why| PathsError::new(entry, why))?;
            self.exact.push(path.into());
            return Ok(());
        }
        check(entry).map_err(|why| PathsError::new(entry, why))?;
        match entry.strip_suffix('/').unwrap_or(entry) {
            "" => self.all = true,
            prefix => self.prefixes.push(prefix.into()),
        }
        Ok(())
    }

    fn sorted(mut self) -> Self {
        self.prefixes.sort_unstable_by(|a, b| a.split('/').cmp(b.split('/')));
        self.prefixes.dedup_by(|path, shorter| is_within(path, shorter));
        self.exact.sort_unstable();
        self.exact.dedup();
        self
    }

    /// Whether the set covers `path`, a request target's path without its query.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.all || self.has_prefix_of(path) || self.has(path)
    }

    /// Whether the set covers nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        !self.all && self.prefixes.is_empty() && self.exact.is_empty()
    }

    /// In the order of segments, what stands between a prefix and a path below it is below it as well, and so is not in
    /// the set: the prefix is the last entry that is not after the path.
    fn has_prefix_of(&self, path: &str) -> bool {
        let after = match &*self.prefixes {
            [] => return false,
            [only] => return is_within(path, only),
            many => many.partition_point(|prefix| prefix.split('/').le(path.split('/'))),
        };
        after > 0 && is_within(path, &self.prefixes[after - 1])
    }

    fn has(&self, path: &str) -> bool {
        !self.exact.is_empty() && self.exact.binary_search_by(|exact| (**exact).cmp(path)).is_ok()
    }
}

/// Whether a path is a prefix, which has no slash at its end, or below it, segment by segment: `/apix` is not within `/api`.
#[must_use]
pub fn is_within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn check(path: &str) -> Result<(), &'static str> {
    let Some(rest) = path.strip_prefix('/') else { return Err("a path begins with `/`") };
    let inner = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['*', '{', '}']) {
        Err("there are no wildcards: a path covers all that is below it")
    } else if rest.contains(['?', '#']) || !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err("write the path as it stands in a request, percent-encoded and without a query")
    } else if !rest.is_empty() && inner.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        Err("no segment may be empty, `.` or `..`")
    } else {
        Ok(())
    }
}

/// Entries separated by commas.
impl FromStr for Paths {
    type Err = PathsError;

    fn from_str(text: &str) -> Result<Self, PathsError> {
        Self::try_new(text.split(',').map(str::trim_ascii).filter(|entry| !entry.is_empty()))
    }
}

/// Reads back as the same set.
impl fmt::Display for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.all.then_some(("", "/"));
        let prefixes = self.prefixes.iter().map(|path| ("", &**path));
        let exact = self.exact.iter().map(|path| ("=", &**path));
        for (index, (sign, path)) in all.into_iter().chain(prefixes).chain(exact).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{sign}{path}")?;
        }
        Ok(())
    }
}

/// An entry that cannot be a path: says which, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathsError {
    entry: Box<str>,
    why: &'static str,
}

impl PathsError {
    fn new(entry: &str, why: &'static str) -> Self {
        Self { entry: entry.into(), why }
    }
}

impl fmt::Display for PathsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a path that a request can have: {}", self.entry, self.why)
    }
}

impl Error for PathsError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Paths {
        text.parse().unwrap()
    }

    #[test]
    fn a_prefix_ends_with_a_segment() {
        for set in ["/api", "/api/", "/api, /api-x, /aa, /zz", "/api, /api/v1, /api.x, /api0"] {
            let set = paths(set);
            for path in ["/api", "/api/", "/api/x", "/api//x", "/api/v1", "/api/v2/y"] {
                assert!(set.matches(path), "{set} {path}");
            }
            for path in ["", "*", "/", "/ap", "/apix", "/apix/api", "/API", "/x/api", "/%61pi", "api"] {
                assert!(!set.matches(path), "{set} {path}");
            }
        }
    }

    #[test]
    fn the_order_of_segments_finds_every_prefix() {
        let names = ["/a", "/a!", "/a-b", "/a.b/c", "/a0", "/b/c/d", "/b/c-d", "/b/c0", "/z"];
        let set = Paths::try_new(names).unwrap();
        for name in names {
            for below in ["", "/", "/x", "/~/y", "/!"] {
                assert!(set.matches(&format!("{name}{below}")), "{name}{below}");
            }
            assert!(!set.matches(&format!("{name}~")), "{name}~");
        }
        assert!(!set.matches("/b") && !set.matches("/b/c") && !set.matches("/b/c!"));
    }

    #[test]
    fn an_exact_path_is_alone() {
        let set = paths("=/healthz, =/a/");
        assert!(set.matches("/healthz") && set.matches("/a/"));
        assert!(!set.matches("/healthz/") && !set.matches("/a") && !set.matches("/healthz/x"));
        assert!(paths("=/").matches("/") && !paths("=/").matches("/x"));
    }

    #[test]
    fn everything_and_nothing() {
        for path in ["", "*", "/", "/x"] {
            assert!(Paths::all().matches(path) && paths("/").matches(path));
            assert!(!Paths::none().matches(path) && !paths(" , ").matches(path));
        }
        assert!(paths("").is_empty() && !Paths::all().is_empty() && !paths("=/x").is_empty());
    }

    #[test]
    fn a_union_covers_what_its_parts_do() {
        let set = paths("/b, =/x").union(paths("/a, /b/c, =/x, =/y"));
        assert_eq!(set, paths("/a, /b, =/x, =/y"));
        assert_eq!(paths("/b").union(Paths::none()), paths("/b"));
        assert!(paths("/b").union(Paths::all()).matches("*"));
    }

    #[test]
    fn a_set_reads_back_as_it_is_written() {
        let set = paths("/b/c, =/x, /a/, /a/b, =/x, /a, = /a/b");
        assert_eq!(set.to_string(), "/a, /b/c, =/a/b, =/x");
        assert_eq!(paths(&set.to_string()), set);
        assert_eq!(Paths::all().to_string(), "/");
    }

    #[test]
    fn what_no_request_has_is_an_error() {
        for entry in [
            "", "api", "=api", "/api/*", "/{id}", "/a?b", "/a#b", "/a b", "/ü", "//", "/a//b", "/a/../b",
            "/.", "/a\n",
        ] {
            // A line feed at the end is trimmed, as the space before a comma is.
            let expected = entry == "/a\n";
            assert_eq!(Paths::try_new([entry]).is_ok(), expected, "{entry:?}");
        }
        let error = Paths::try_new(["/api/*"]).unwrap_err().to_string();
        assert!(error.starts_with("\"/api/*\" is not a path") && error.contains("no wildcards"), "{error}");
    }
}
