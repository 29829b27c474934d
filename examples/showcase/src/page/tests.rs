use std::fs;
use std::path::Path;

use crate::{PARTS, client};

#[tokio::test]
async fn the_page_is_whole_and_all_its_files_are_there() {
    let client = client();
    let page = client.get("/").send().await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    let html = page.text().await;
    assert!(!html.contains("<!--"), "a place was not filled");
    assert!(!html.contains("<script>") && !html.contains(" style=") && !html.contains("http://"));
    let mut links = 0;
    for mark in ["src=\"/", "href=\"/"] {
        for link in html.split(mark).skip(1).filter_map(|rest| rest.split('"').next()) {
            let file = client.get(&format!("/{link}")).send().await;
            assert_eq!(file.status(), 200, "/{link}");
            assert_eq!(file.headers()["x-content-type-options"], "nosniff");
            assert_eq!(file.headers()["cache-control"], "no-cache");
            links += 1;
        }
    }
    assert!(links > 20, "{links}");
}

#[tokio::test]
async fn who_has_a_file_gets_it_not_again() {
    let client = client();
    let first = client.get("/page.css").send().await;
    let etag = first.headers()["etag"].to_str().unwrap().to_owned();
    for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
        let again = client.get("/page.css").header("if-none-match", known.as_str()).send().await;
        assert_eq!(
            (again.status().as_u16(), &again.headers()["etag"]),
            (304, &etag.parse().unwrap()),
            "{known}"
        );
        assert_eq!(again.text().await, "");
    }
    assert_eq!(client.get("/page.css").header("if-none-match", "\"other\"").send().await.status(), 200);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_without_a_script() {
    let client = client();
    for path in ["/nothing", "/source/main.rs.bak", "/source/../Cargo.toml", "/parts/nothing.js", "/a/b/c"] {
        let missing = client.get(path).header("accept", "text/html").send().await;
        assert_eq!(missing.status(), 404, "{path}");
        assert_eq!(missing.headers()["content-type"], "text/html; charset=utf-8");
        let policy = missing.headers()["content-security-policy"].to_str().unwrap();
        assert!(!policy.contains("script-src"), "{path}: {policy}");
    }
}

/// Else the page would say less of itself than there is.
#[test]
fn every_source_file_is_shown() {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs") {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    let (root, mut found) = (Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), Vec::new());
    walk(root, root, &mut found);
    let mut shown: Vec<_> =
        PARTS.iter().flat_map(|part| part.sources).map(|source| source.path.to_owned()).collect();
    found.sort();
    shown.sort();
    assert_eq!(shown, found);
}
