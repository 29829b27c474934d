//! `cargo xtask desync`: requests that make two servers disagree where one request ends.
//!
//! The corpus is the test data of the `http_desync_guardian` crate (Apache-2.0): requests with a verdict each. Severe
//! ones must be refused, compliant ones served. It is read from the registry's copy, at a pinned version.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::Failure;
use crate::server::Server;
use crate::venv;
use crate::workspace::Workspace;

const CORPUS: &str = "http_desync_guardian";
const MANIFEST: &str = "[package]\nname = \"corpus\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
    [lib]\npath = \"empty.rs\"\n\n[dependencies]\nhttp_desync_guardian = \"=0.1.3\"\n\n[workspace]\n";

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let python = venv::ensure(workspace, "audit", &workspace.path("tests/e2e/audit/requirements.txt"))?;
    let corpus = corpus(workspace)?;
    let app = workspace.program("hyperserve-tests", "conformance-app")?;
    let server = Server::start(&app, &[])?;
    let script = workspace.job(python).args(["tests/e2e/audit/desync.py", server.address()]);
    script.args([corpus]).succeed()
}

/// The folder of the corpus: a package of its own names the crate, cargo fetches and checks it, nothing is built.
fn corpus(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let folder = workspace.tools().join("corpus");
    let manifest = folder.join("Cargo.toml");
    fs::create_dir_all(&folder).map_err(Failure::during(folder.display()))?;
    fs::write(&manifest, MANIFEST).map_err(Failure::during(manifest.display()))?;
    fs::write(folder.join("empty.rs"), "").map_err(Failure::during(folder.display()))?;
    let metadata = workspace.job("cargo").args(["metadata", "--format-version", "1", "--manifest-path"]);
    folder_of_corpus(&metadata.args([manifest]).output()?)
}

fn folder_of_corpus(metadata: &str) -> Result<PathBuf, Failure> {
    let metadata: Value =
        serde_json::from_str(metadata).map_err(Failure::during("reading cargo metadata"))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let manifest = packages
        .filter(|package| package["name"] == CORPUS)
        .find_map(|package| package["manifest_path"].as_str());
    let folder = manifest.and_then(|manifest| Some(Path::new(manifest).parent()?.join("tests")));
    folder.ok_or_else(|| Failure::new(format!("cargo does not say where {CORPUS} is")))
}

#[cfg(test)]
mod tests {
    use super::folder_of_corpus;
    use std::path::Path;

    #[test]
    fn the_folder_is_found_beside_the_manifest() {
        let metadata = r#"{"packages": [{"name": "other", "manifest_path": "/x/Cargo.toml"},
            {"name": "http_desync_guardian", "manifest_path": "/r/g-0.1.3/Cargo.toml"}]}"#;
        assert_eq!(folder_of_corpus(metadata).unwrap(), Path::new("/r/g-0.1.3/tests"));
        assert!(folder_of_corpus(r#"{"packages": []}"#).is_err());
    }
}
