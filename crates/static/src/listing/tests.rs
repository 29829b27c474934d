use std::fs;

use super::*;

fn listing(limit: usize, dotfiles: bool) -> (tempfile::TempDir, Listing) {
    let tree = tempfile::tempdir().unwrap();
    for directory in ["z", "sub"] {
        fs::create_dir(tree.path().join(directory)).unwrap();
    }
    for file in ["b.txt", "a.txt", ".hidden"] {
        fs::write(tree.path().join(file), file).unwrap();
    }
    std::os::unix::fs::symlink("a.txt", tree.path().join("link")).unwrap();
    let mut settings = Settings::default();
    (settings.listing_limit, settings.dotfiles) = (limit, dotfiles);
    let root = Root::open(tree.path().to_owned(), false).unwrap();
    let listing = read(&root, &settings, "").unwrap().unwrap();
    (tree, listing)
}

fn names(listing: &Listing) -> Vec<&str> {
    listing.items.iter().map(|item| &item.name[..]).collect()
}

#[test]
fn directories_come_first_and_what_is_not_served_not_at_all() {
    let (_tree, shown) = listing(10, false);
    assert_eq!(names(&shown), ["sub", "z", "a.txt", "b.txt"]);
    assert_eq!(shown.items[3].size, Some(5));
    assert!(!shown.truncated);
    let (_tree, all) = listing(10, true);
    assert_eq!(names(&all), ["sub", "z", ".hidden", "a.txt", "b.txt"]);
    let (_tree, some) = listing(2, false);
    assert!(some.truncated && some.items.len() == 2);
}

#[test]
fn json_is_for_those_who_ask() {
    for (accept, json) in [
        ("application/json", true),
        ("application/json, text/html;q=0.5", true),
        ("text/html,application/json;q=0.9", false),
        ("application/json;q=0, */*", false),
        ("application/json;q=0.5, text/html", false),
        ("*/*", false),
        ("", false),
    ] {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        assert_eq!(prefers_json(&headers), json, "{accept}");
    }
    let (_tree, listing) = listing(10, false);
    let value: serde_json::Value = serde_json::from_str(&super::json(&listing, "/x/")).unwrap();
    assert_eq!(value["path"], "/x/");
    assert_eq!(value["entries"][0]["kind"], "directory");
    assert_eq!((&value["entries"][3]["name"], &value["entries"][3]["size"]), (&"b.txt".into(), &5.into()));
}
