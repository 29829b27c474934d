//! Names with a hash of the content in them, as bundlers make them: what has such a name never changes.

/// Whether a name has a part that can only be a hash: `app.3f2a9c1b.js`, `index-BX3kd9Qz.css`.
///
/// A word or a date is not one, for a file that is wrongly taken for unchangeable stays wrong for a year. So a hash has eight
/// characters or more and is hexadecimal with digits and letters, or has digits, capitals and small letters.
pub(crate) fn is_hashed(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let Some((stem, extension)) = file.rsplit_once('.') else { return false };
    !matches!(extension, "html" | "htm") && parts(stem).skip(1).any(is_hash)
}

/// The parts of a name between dots and dashes; a hash may have dashes of its own, which then makes it shorter.
fn parts(stem: &str) -> impl Iterator<Item = &str> {
    stem.split(['.', '-', '_'])
}

fn is_hash(part: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| part.as_bytes().iter().any(kind);
    let (digit, small, capital) =
        (has(u8::is_ascii_digit), has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase));
    let hex = part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    part.len() >= 8 && plain && digit && small && (hex || capital)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_told_from_words_and_dates() {
        for name in
            ["app.3f2a9c1b.js", "a/index-BX3kd9Qz.css", "chunk-0a1b2c3d4e5f.mjs", "logo.8f14e45fceea167a.svg"]
        {
            assert!(is_hashed(name), "{name}");
        }
        for name in [
            "app.js",
            "report-20261122.pdf",
            "JavaScript-Handbook.pdf",
            "deadbeef.js",
            "a.deadbeef.js",
            "index.3f2a9c1b.html",
            "3f2a9c1b",
            "app.3f2a9.js",
            "version2final.txt",
            "Photo-IMG20231224.jpg",
        ] {
            assert!(!is_hashed(name), "{name}");
        }
    }
}
