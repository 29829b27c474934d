//! Folders that are served: the mounts of `spec/app.md`, over files that are made with the app and removed with it.

mod kept;
mod single;
mod tree;

use std::{fmt::Debug, sync::Arc};

use hyperserve::files::{ActiveContent, StaticFiles, StaticMounts, StaticMountsService};
use hyperserve_router::{Router, RouterService};
use tempfile::TempDir;
use tower_layer::Layer as _;

use self::kept::Kept;
use super::messages;

pub(super) fn router() -> Router {
    let trees = Trees(Arc::new(made(tree::make())));
    let (public, site) = (|| trees.serve("public"), || trees.serve("site"));
    let keep = |files: StaticFiles| Kept::new(files, &trees.0);
    Router::new()
        .mount("/files", keep(public()))
        .mount("/listed", keep(public().with_listing(true)))
        .mount("/short", keep(public().with_listing(true).with_listing_limit(2)))
        .mount("/downloads", keep(made(public().with_attachment("*.txt"))))
        .mount("/open", keep(open(public())))
        .mount("/guarded", keep(public().with_active_content(ActiveContent::Attachment)))
        .mount("/uncached", keep(public().with_cache_size(0)))
        .mount("/bare", keep(bare(public())))
        .mount("/spa", keep(made(site().with_spa("index.html"))))
        .mount("/pages", keep(made(site().with_not_found_page("404.html"))))
        .mount("/rules", keep(rules(site())))
        .nest("/shelves/{shelf}", Router::new().mount("/files", keep(public())))
        .host("files.example", Router::new().mount("/", keep(site())))
        .mount("/fronted", Kept::new(fronted(public(), site()), &trees.0))
        .nest("/file", single::router(&trees.0.path().join("public/alphabet.txt")))
}

/// Everything that is off by default.
fn open(files: StaticFiles) -> StaticFiles {
    let files = files.with_listing(true).with_dotfiles(true).with_active_content(ActiveContent::Trusted);
    made(files.with_symlinks(true))
}

/// Everything off that is on by default.
fn bare(files: StaticFiles) -> StaticFiles {
    made(files.without_index().with_precompressed(false).with_default_cache_control(None))
}

fn rules(files: StaticFiles) -> StaticFiles {
    let files = made(files.with_cache_control("*.css", "max-age=60"));
    let files = made(files.with_cache_control("assets/**", "max-age=10"));
    let files = made(files.with_default_cache_control(Some("max-age=5")));
    files.with_index(["nothing.txt", "start.txt", "index.html"])
}

/// Folders in front of an application.
fn fronted(public: StaticFiles, site: StaticFiles) -> StaticMountsService<RouterService> {
    let mounts = made(StaticMounts::new().with("/public", public));
    let mounts = made(mounts.with("/public/site/", site));
    mounts.layer(Router::new().fallback(async || messages::text("the application")).build())
}

struct Trees(Arc<TempDir>);

impl Trees {
    fn serve(&self, folder: &str) -> StaticFiles {
        made(StaticFiles::new(self.0.path().join(folder)))
    }
}

/// What is made of files and settings that stand in this folder.
#[expect(
    clippy::expect_used,
    reason = "an app whose files cannot be made ends before it listens, and says why"
)]
fn made<T, E: Debug>(result: Result<T, E>) -> T {
    result.expect("the files of the app can be made and served")
}
