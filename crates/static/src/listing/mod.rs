//! Lists of directories, as pages and as JSON.

mod page;

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::time::{Duration, SystemTime};

use http::header::{ACCEPT, CONTENT_TYPE, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use hyperserve_core::problem::Format;
use hyperserve_core::{Body, Response};
use rustix::fs::{AtFlags, Dir, FileType, statat};
use serde_json::json;

use crate::path::{is_name, is_shown};
use crate::root::{Entry, Root};
use crate::settings::Settings;
use crate::visit::{asked_path, restrict};

/// A file or directory of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) name: String,
    /// `None` for a directory.
    pub(crate) size: Option<u64>,
    pub(crate) modified: Option<SystemTime>,
}

impl Item {
    /// Directories first, then by name.
    fn order(&self, other: &Self) -> Ordering {
        self.size.is_some().cmp(&other.size.is_some()).then_with(|| self.name.cmp(&other.name))
    }
}

/// What is in a directory.
#[derive(Debug)]
pub(crate) struct Listing {
    items: Vec<Item>,
    /// There is more than is listed.
    truncated: bool,
    is_top: bool,
}

impl Listing {
    #[cfg(feature = "embed")]
    pub(crate) fn new(items: impl Iterator<Item = Item>, limit: usize, is_top: bool) -> Self {
        let mut items: Vec<_> = items.take(limit.saturating_add(1)).collect();
        let truncated = items.len() > limit;
        items.truncate(limit);
        items.sort_unstable_by(Item::order);
        Self { items, truncated, is_top }
    }
}

/// Reads a directory; `None` if it is none any more. What is not served is not listed.
pub(crate) fn read(root: &Root, settings: &Settings, name: &str) -> io::Result<Option<Listing>> {
    let Entry::Directory(directory) = root.entry(name)? else { return Ok(None) };
    let (directory_name, is_top) = (name, name.is_empty());
    let mut listing = Listing { items: Vec::new(), truncated: false, is_top };
    for entry in Dir::read_from(&directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if !is_name(name) || !(settings.dotfiles || is_shown(name, is_top)) {
            continue;
        }
        let Some(item) = item(root, &directory, directory_name, name)? else { continue };
        if listing.items.len() == settings.listing_limit {
            listing.truncated = true;
            break;
        }
        listing.items.push(item);
    }
    listing.items.sort_unstable_by(Item::order);
    Ok(Some(listing))
}

/// What is served under a name; a link is what it leads to, if that may be followed.
fn item(root: &Root, directory: &File, path: &str, name: &str) -> io::Result<Option<Item>> {
    let Ok(stat) = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) else { return Ok(None) };
    let modified = u64::try_from(stat.st_mtime)
        .ok()
        .map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let (size, modified) = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => (Some(u64::try_from(stat.st_size).unwrap_or_default()), modified),
        FileType::Directory => (None, modified),
        FileType::Symlink => match root.entry(&format!("{path}{name}"))? {
            Entry::File(_, stamp) => (Some(stamp.length()), stamp.modified()),
            Entry::Directory(_) => (None, modified),
            Entry::Nothing => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(Item { name: name.to_owned(), size, modified }))
}

/// The list in the form that the client takes.
pub(crate) fn answer(listing: &Listing, parts: &Parts) -> Response {
    let path = asked_path(parts);
    let (media_type, text) = if prefers_json(&parts.headers) {
        ("application/json", json(listing, path))
    } else {
        ("text/html; charset=utf-8", page::html(listing, path))
    };
    let length = text.len();
    let body = if parts.method == Method::HEAD { Body::empty() } else { Body::from(text) };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    restrict(headers);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(http::header::CONTENT_LENGTH, length.into());
    headers.insert(VARY, HeaderValue::from_name(ACCEPT));
    response
}

/// Whether JSON is what the client likes best, and says so: what takes anything gets a page.
fn prefers_json(headers: &HeaderMap) -> bool {
    let names_it = |value: &HeaderValue| {
        value.to_str().is_ok_and(|value| value.to_ascii_lowercase().contains("application/"))
    };
    Format::negotiate(headers) == Format::Json && headers.get_all(ACCEPT).iter().any(names_it)
}

fn json(listing: &Listing, path: &str) -> String {
    let entry = |item: &Item| {
        let modified = item.modified.map(httpdate::fmt_http_date);
        match item.size {
            Some(size) => json!({"name": item.name, "kind": "file", "size": size, "modified": modified}),
            None => json!({"name": item.name, "kind": "directory", "modified": modified}),
        }
    };
    let entries: Vec<_> = listing.items.iter().map(entry).collect();
    json!({"path": path, "entries": entries, "truncated": listing.truncated}).to_string()
}

#[cfg(test)]
mod tests;
