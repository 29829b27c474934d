//! Every published crate alone: without default features, and with each of its features by itself.
//!
//! Features must add up: whoever takes one crate with one feature gets what builds here. Clippy is used instead of
//! plain `check` because it can refuse warnings (dead code behind a missing feature) without rebuilding dependencies.

use serde_json::Value;

use crate::failure::Failure;
use crate::workspace::Workspace;

/// Checks every combination, and fails with the list of those that do not build.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let metadata = workspace.cargo("metadata", &["--no-deps", "--format-version", "1"]).output()?;
    let mut broken = Vec::new();
    for (package, feature) in combinations(&metadata)? {
        if let Err(failure) = lint(workspace, &package, feature.as_deref()) {
            broken.push(failure.to_string());
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(Failure::new(broken.join("; "))) }
}

fn lint(workspace: &Workspace, package: &str, feature: Option<&str>) -> Result<(), Failure> {
    let mut arguments = vec!["--quiet", "--package", package, "--no-default-features"];
    arguments.extend(feature.iter().flat_map(|feature| ["--features", feature]));
    arguments.extend(["--", "-D", "warnings"]);
    workspace.cargo("clippy", &arguments).succeed()
}

/// Package and feature (`None`: no feature at all) for each crate that is published and has a library.
fn combinations(metadata: &str) -> Result<Vec<(String, Option<String>)>, Failure> {
    let metadata: Value =
        serde_json::from_str(metadata).map_err(Failure::during("reading cargo metadata"))?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(packages.iter().filter(|package| is_published_library(package)).flat_map(of_package).collect())
}

/// `"publish": []` is how metadata writes `publish = false`.
fn is_published_library(package: &Value) -> bool {
    let kinds =
        package["targets"].as_array().into_iter().flatten().flat_map(|target| target["kind"].as_array());
    package["publish"].is_null()
        && kinds.flatten().any(|kind| matches!(kind.as_str(), Some("lib" | "proc-macro")))
}

fn of_package(package: &Value) -> Vec<(String, Option<String>)> {
    let Some(name) = package["name"].as_str() else { return Vec::new() };
    let features = package["features"].as_object().into_iter().flat_map(|features| features.keys());
    let alone = features.filter(|feature| *feature != "default").map(|feature| Some(feature.clone()));
    std::iter::once(None).chain(alone).map(|feature| (name.to_owned(), feature)).collect()
}

#[cfg(test)]
mod tests {
    use super::combinations;

    #[test]
    fn each_feature_once_default_never_private_crates_never() {
        let metadata = r#"{"packages": [
            {"name": "core", "publish": null, "targets": [{"kind": ["lib"]}],
             "features": {"default": ["tls"], "tls": [], "http2": []}},
            {"name": "only-a-program", "publish": null, "targets": [{"kind": ["bin"]}], "features": {}},
            {"name": "xtask", "publish": [], "targets": [{"kind": ["lib"]}], "features": {"x": []}}]}"#;
        let found = combinations(metadata).unwrap();
        let shown: Vec<_> = found.iter().map(|(name, feature)| (name.as_str(), feature.as_deref())).collect();
        assert_eq!(shown, [("core", None), ("core", Some("http2")), ("core", Some("tls"))]);
    }
}
