//! [`Embedded`]: a directory that was put into the program when it was compiled.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use include_dir::Dir;

use crate::listing::{Item, Listing};
use crate::lookup::{CODINGS, Found};
use crate::path::is_shown;
use crate::representation::{Content, Representation, Resource};
use crate::settings::Settings;

/// What people are told in place of a path.
pub(crate) const NAME: &str = "the embedded directory";

/// The files of a program. They have no dates: those of the machine that compiled it say nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Embedded {
    root: &'static Dir<'static>,
}

impl Embedded {
    pub(crate) const fn new(root: &'static Dir<'static>) -> Self {
        Self { root }
    }

    pub(crate) fn find(&self, settings: &Settings, name: &str) -> Found {
        if name.is_empty() || name.ends_with('/') {
            return if self.directory(name).is_some() { self.index(settings, name) } else { Found::Nothing };
        }
        match self.content(name) {
            Some(content) => self.file(settings, name, content),
            None if self.root.get_dir(name).is_some() => Found::Redirect,
            None => Found::Nothing,
        }
    }

    pub(crate) fn list(&self, settings: &Settings, name: &str) -> Option<Listing> {
        let directory = self.directory(name)?;
        let is_top = name.is_empty();
        let shown = |path: &Path| {
            let name = path.file_name()?.to_str()?;
            (settings.dotfiles || is_shown(name, is_top)).then(|| name.to_owned())
        };
        let files = directory.files().filter_map(|file| {
            Some(Item { name: shown(file.path())?, size: Some(file.contents().len() as u64), modified: None })
        });
        let directories = directory
            .dirs()
            .filter_map(|inner| Some(Item { name: shown(inner.path())?, size: None, modified: None }));
        Some(Listing::new(files.chain(directories), settings.listing_limit, is_top))
    }

    fn directory(&self, name: &str) -> Option<&'static Dir<'static>> {
        if name.is_empty() { Some(self.root) } else { self.root.get_dir(name.trim_end_matches('/')) }
    }

    fn content(&self, name: &str) -> Option<Bytes> {
        self.root.get_file(name).map(|file| Bytes::from_static(file.contents()))
    }

    fn index(&self, settings: &Settings, directory: &str) -> Found {
        for index in &settings.index {
            let name = format!("{directory}{index}");
            if let Some(content) = self.content(&name) {
                return self.file(settings, &name, content);
            }
        }
        Found::Directory
    }

    fn file(&self, settings: &Settings, name: &str, content: Bytes) -> Found {
        let labels = settings.labels(name);
        let siblings = CODINGS.into_iter().filter(|_| settings.precompressed);
        let coded: Vec<_> = siblings
            .filter_map(|(coding, suffix)| {
                let content = Content::Memory(self.content(&format!("{name}{suffix}"))?);
                Some((coding, Representation::new(content, None, &labels, Some(coding), true)))
            })
            .collect();
        let plain = Representation::new(Content::Memory(content), None, &labels, None, !coded.is_empty());
        Found::File(Arc::new(Resource::new(plain, coded)))
    }
}

#[cfg(test)]
mod tests {
    use http::{Request, StatusCode};
    use include_dir::include_dir;
    use tower_service::Service as _;

    use super::*;
    use crate::StaticFiles;

    static SOURCES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src");

    #[tokio::test]
    async fn files_of_the_program_are_served_as_others_are() {
        let mut files = StaticFiles::embedded(&SOURCES).with_index(["mod.rs"]).with_listing(true);
        let mut ask = async |path: &str, name: &'static str, value: &str| {
            let request = Request::get(path).header(name, value).body(()).unwrap();
            let Ok(response) = files.call(request).await;
            response
        };
        let whole = ask("/lib.rs", "accept", "*/*").await;
        assert_eq!(whole.status(), StatusCode::OK);
        let tag = whole.headers()["etag"].to_str().unwrap().to_owned();
        assert!(!whole.headers().contains_key("last-modified"));
        assert_eq!(whole.into_body().collect(1 << 20).await.unwrap(), include_str!("lib.rs"));
        assert_eq!(ask("/lib.rs", "if-none-match", &tag).await.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(ask("/lib.rs", "range", "bytes=0-4").await.headers()["content-length"], "5");
        assert_eq!(ask("/body", "accept", "*/*").await.headers()["location"], "body/");
        let index = ask("/body/", "accept", "*/*").await.into_body().collect(1 << 20).await.unwrap();
        assert_eq!(index, include_str!("body/mod.rs"));
        for missing in ["/none", "/lib.rs/", "/body/none/", "/../Cargo.toml"] {
            assert_eq!(ask(missing, "accept", "*/*").await.status(), StatusCode::NOT_FOUND, "{missing}");
        }
        let list = ask("/", "accept", "application/json").await.into_body().collect(1 << 20).await.unwrap();
        let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
        assert_eq!(list["entries"][0]["kind"], "directory");
        assert!(list.to_string().contains("\"name\":\"lib.rs\""));
    }
}
