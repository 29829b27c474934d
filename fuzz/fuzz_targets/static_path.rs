//! The path of a request: what it decodes to is a name beneath the root whose segments are names and nothing more, it is
//! that of a model which decodes byte by byte, and it was decoded once.

#![no_main]

use std::path::{Component, Path};

use hyperserve_static::fuzzing::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(path) = str::from_utf8(input) else { return };
    check(path);
    check(&format!("/{path}"));
});

fn check(path: &str) {
    let public = decode(path, false);
    let all = decode(path, true);
    assert_eq!(public, model(path, false), "{path:?}");
    assert_eq!(all, model(path, true), "{path:?} with dotfiles");
    assert!(public.is_none() || public == all, "what is public is shown with dotfiles too: {path:?}");
    if let Some(name) = all {
        names_only(&name);
        once(path, &name);
    }
    if let Some(name) = public {
        let hidden = segments(&name)
            .enumerate()
            .find(|(index, segment)| segment.starts_with('.') && (*index, *segment) != (0, ".well-known"));
        assert_eq!(hidden, None, "{path:?}");
    }
}

fn segments(name: &str) -> impl Iterator<Item = &str> {
    name.strip_suffix('/').unwrap_or(name).split('/')
}

fn names_only(name: &str) {
    if name.is_empty() {
        return;
    }
    for segment in segments(name) {
        assert!(!matches!(segment, "" | "." | ".."), "{name:?}");
        assert!(!segment.contains(['/', '\\', '\0', '\r', '\n', '\x1b', '\x7f']), "{name:?}");
        assert!(!segment.bytes().any(|byte| byte < 0x20) && segment.len() <= 255, "{name:?}");
    }
    assert!(Path::new(name).components().all(|part| matches!(part, Component::Normal(_))), "{name:?}");
}

/// A name that is escaped, in full, comes back as it is: what looks like an escape in it is none.
fn once(path: &str, name: &str) {
    let escape = |byte: u8| if byte == b'/' { "/".to_owned() } else { format!("%{byte:02x}") };
    let escaped: String = name.bytes().map(escape).collect();
    if escaped.len() <= 4096 {
        assert_eq!(decode(&format!("/{escaped}"), true).as_deref(), Some(name), "{path:?}");
    }
}

fn model(path: &str, dotfiles: bool) -> Option<String> {
    let path = path.strip_prefix('/').filter(|path| path.len() <= 4096)?;
    let mut names = Vec::new();
    let mut parts: Vec<&str> = path.split('/').collect();
    let slash = parts.len() > 1 && parts.last() == Some(&"");
    if slash {
        parts.pop();
    }
    if path.is_empty() {
        return Some(String::new());
    }
    for (index, part) in parts.into_iter().enumerate() {
        let name = String::from_utf8(bytes(part.as_bytes())?).ok()?;
        let is_hidden = name.starts_with('.') && !(index == 0 && name == ".well-known");
        let is_name = !name.is_empty() && name != "." && name != ".." && name.len() <= 255;
        let is_plain = name.chars().all(|c| c != '/' && c != '\\' && c >= ' ' && c != '\x7f');
        if !is_name || !is_plain || (is_hidden && !dotfiles) {
            return None;
        }
        names.push(name);
    }
    Some(names.join("/") + if slash { "/" } else { "" })
}

fn bytes(mut escaped: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some((&byte, rest)) = escaped.split_first() {
        escaped = rest;
        if byte == b'%' {
            let (digits, rest) = escaped.split_at_checked(2)?;
            let digit = |index: usize| char::from(digits[index]).to_digit(16);
            bytes.push((digit(0)? * 16 + digit(1)?) as u8);
            escaped = rest;
        } else {
            bytes.push(byte);
        }
    }
    Some(bytes)
}
