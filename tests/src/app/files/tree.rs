//! The files that are served, made anew for each app: the same names, contents and times everywhere, as `spec/app.md` lists
//! them.

use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::{
        fs::{PermissionsExt as _, symlink},
        net::UnixListener,
    },
    path::Path,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

/// Fri, 02 Jan 2026 03:04:05 GMT, in seconds since 1970.
const TIME: u64 = 1_767_323_045;
const HOUR: u64 = 3600;
/// Sat, 01 Jan 2250 00:00:00 GMT.
const FAR_AHEAD: u64 = 8_835_955_200;

/// 300 times `hyperserve` and a line feed, in three codings.
const BR: &[u8] = &[
    0x1b, 0xe3, 0x0c, 0xf8, 0x8d, 0x54, 0xb5, 0xbf, 0x56, 0x40, 0x93, 0xcb, 0xd3, 0x65, 0x70, 0x73, 0x76,
    0xe3, 0xc0, 0x08, 0xa0, 0x49, 0x02, 0x00, 0x4f, 0xd3, 0x01,
];
const ZSTD: &[u8] = &[
    0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68, 0x95, 0x00, 0x00, 0x58, 0x68, 0x79, 0x70, 0x65, 0x72, 0x73, 0x65,
    0x72, 0x76, 0x65, 0x0a, 0x01, 0x00, 0xd6, 0xb4, 0x5f, 0xbc,
];
const GZIP: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc6, 0x31, 0x0a, 0x00, 0x20, 0x0c,
    0x04, 0xb0, 0xdd, 0x7f, 0x1e, 0x74, 0x94, 0x0a, 0x42, 0x7f, 0xef, 0x3b, 0x84, 0x64, 0x4a, 0xcd, 0x4e,
    0x9f, 0xf4, 0xcd, 0x2a, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5, 0xdf, 0xfb, 0x00, 0x2b, 0xd6, 0x14, 0x81,
    0xe4, 0x0c, 0x00, 0x00,
];

/// The folder `public`: small files, name to content.
const PUBLIC: [(&str, &[u8]); 50] = [
    ("alphabet.txt", b"abcdefghijklmnopqrstuvwxyz"),
    ("empty.txt", b""),
    ("late.txt", b"late\n"),
    ("ahead.txt", b"ahead\n"),
    ("locked.txt", b"locked\n"),
    ("README", b"read me\n"),
    ("page.html", b"<p>page\n"),
    ("PAGE.HTML", b"<p>PAGE\n"),
    ("page.xhtml", b"<p/>\n"),
    ("style.css", b"p{}\n"),
    ("script.js", b"1;\n"),
    ("script.mjs", b"2;\n"),
    ("data.json", b"{}\n"),
    ("image.svg", b"<svg/>\n"),
    ("feed.xml", b"<feed/>\n"),
    ("feed.atom", b"<feed/>\n"),
    ("module.wasm", b"\0asm"),
    ("pixel.png", b"\x89PNG"),
    ("archive.tar.gz", b"no archive\n"),
    ("thing.xyzzy", b"thing\n"),
    ("coded.txt.br", BR),
    ("coded.txt.zst", ZSTD),
    ("coded.txt.gz", GZIP),
    ("half.txt.gz", GZIP),
    ("stale.txt.gz", GZIP),
    ("orphan.txt.gz", GZIP),
    ("folder.txt", b"folder\n"),
    ("folder.txt.gz/leaf", b"leaf\n"),
    ("sub/index.html", b"<p>index\n"),
    ("sub/deep/leaf.txt", b"leaf\n"),
    ("plain/leaf.txt", b"leaf\n"),
    ("plain/.well-known/leaf.txt", b"hidden\n"),
    ("names/<b>&\"'.txt", b"quotes\n"),
    ("names/a b%20c.txt", b"percent\n"),
    ("names/q?#.txt", b"question\n"),
    ("names/\u{fc}ber.txt", b"umlaut\n"),
    ("names/.hidden.txt", b"hidden\n"),
    ("odd/%zz.txt", b"percent\n"),
    ("odd/\u{fffd}.txt", b"replacement\n"),
    ("odd/a\\b.txt", b"hidden\n"),
    ("odd/a\tb.txt", b"hidden\n"),
    ("odd/a\x7fb.txt", b"hidden\n"),
    ("odd/b.txt", b"leaf\n"),
    ("names/a b/leaf.txt", b"leaf\n"),
    ("names/na:me/leaf.txt", b"leaf\n"),
    ("names/.folder/leaf.txt", b"hidden\n"),
    (".env", b"hidden\n"),
    (".git/config", b"hidden\n"),
    (".well-known/security.txt", b"Contact: mailto:security@example.com\n"),
    (".well-known/.hidden", b"hidden\n"),
];

/// Links of `public`, name to target.
const LINKS: [(&str, &str); 9] = [
    ("link-file.txt", "alphabet.txt"),
    ("link-folder", "sub"),
    ("link-up.txt", "sub/../alphabet.txt"),
    ("link-out.txt", "../secret.txt"),
    ("link-out", "../beside"),
    ("link-absolute.txt", "/etc/passwd"),
    ("link-loop", "link-loop"),
    ("link-nothing", "nothing"),
    ("names/link.txt", "../alphabet.txt"),
];

/// The folder `site`.
const SITE: [(&str, &[u8]); 9] = [
    ("index.html", b"<p>home\n"),
    ("start.txt", b"start\n"),
    ("404.html", b"<p>lost\n"),
    ("style.css", b"p{}\n"),
    ("script.js", b"1;\n"),
    ("assets/style.css", b"p{}\n"),
    ("assets/app-3f9a5c1e.js", b"1;\n"),
    ("docs/guide.txt", b"guide\n"),
    (".env", b"hidden\n"),
];

/// Makes `public`, `site` and what lies beside them.
pub(super) fn make() -> io::Result<TempDir> {
    let root = tempfile::tempdir()?;
    write(root.path(), "secret.txt", b"secret\n")?;
    write(root.path(), "beside/secret.txt", b"secret\n")?;
    make_public(&root.path().join("public"))?;
    let site = root.path().join("site");
    SITE.iter().try_for_each(|(name, content)| write(&site, name, content))?;
    Ok(root)
}

fn make_public(root: &Path) -> io::Result<()> {
    PUBLIC.iter().try_for_each(|(name, content)| write(root, name, content))?;
    let (text, long) = ("hyperserve\n".repeat(300), format!("{}.txt", "n".repeat(251)));
    for name in ["coded.txt", "half.txt", "stale.txt"] {
        write(root, name, text.as_bytes())?;
    }
    write(root, &long, b"long\n")?;
    write(root, "medium.txt", &offsets(300 * 1024))?;
    write(root, "large.txt", &offsets(3 * 1024 * 1024))?;
    fs::create_dir(root.join("void"))?;
    LINKS.iter().try_for_each(|(name, target)| symlink(target, root.join(name)))?;
    set_times(root)?;
    make_special(&root.join("special"))?;
    lock(&root.join("locked.txt"))
}

fn write(root: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    fs::write(&path, content)?;
    set_time(&path, Duration::from_secs(TIME))
}

/// Lines of 16 bytes: the offset at which each begins.
fn offsets(length: usize) -> Vec<u8> {
    (0..length).step_by(16).flat_map(|offset| format!("{offset:015}\n").into_bytes()).collect()
}

fn set_time(path: &Path, since: Duration) -> io::Result<()> {
    File::open(path)?.set_modified(SystemTime::UNIX_EPOCH + since)
}

fn set_times(root: &Path) -> io::Result<()> {
    set_time(&root.join("stale.txt"), Duration::from_secs(TIME + HOUR))?;
    set_time(&root.join("late.txt"), Duration::from_secs(TIME) + Duration::from_millis(900))?;
    set_time(&root.join("ahead.txt"), Duration::from_secs(FAR_AHEAD))
}

/// What is neither a file nor a folder.
fn make_special(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)?;
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("pipe"), rustix::fs::Mode::RUSR)?;
    UnixListener::bind(folder.join("socket")).map(drop)
}

/// A file that nobody may read. Who may read everything finds none there: 404 in any case.
fn lock(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o000))?;
    if File::open(path).is_ok() { fs::remove_file(path) } else { Ok(()) }
}
