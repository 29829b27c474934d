//! The units of the guide's page on deployment are good, with this program in the place of theirs.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::process::Command;

const PAGE: &str = include_str!("../../../docs/guide/deployment.md");

/// The block of the page that follows the name of the file.
fn unit(name: &str) -> String {
    let (_, rest) = PAGE.split_once(&format!("`/etc/systemd/system/{name}`:\n\n```ini\n")).unwrap();
    let (unit, _) = rest.split_once("```").unwrap();
    assert!(name != "shop.service" || unit.contains("/usr/local/bin/shop"));
    unit.replace("/usr/local/bin/shop", env!("CARGO_BIN_EXE_example-hello"))
}

#[test]
fn systemd_takes_the_units() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["shop.socket", "shop.service"].map(|name| {
        let path = folder.path().join(name);
        fs::write(&path, unit(name)).unwrap();
        path
    });
    let Ok(output) = Command::new("systemd-analyze").arg("verify").args(paths).output() else {
        println!("skipped: there is no systemd-analyze");
        return;
    };
    // Of units of the system that is not this test's to tell.
    let told = String::from_utf8_lossy(&output.stderr);
    let ours: Vec<_> = told.lines().filter(|line| line.contains("shop.")).collect();
    assert!(ours.is_empty(), "{ours:#?}");
}
