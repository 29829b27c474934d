//! Static files as a tower service.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use hyperserve_core::Request;
//! use hyperserve_static::StaticFiles;
//! use tower_service::Service as _;
//!
//! # let directory = tempfile::tempdir()?;
//! # std::fs::write(directory.path().join("hello.txt"), "Hello, World!")?;
//! let mut files = StaticFiles::new(directory.path())?.with_cache_control("*.woff2", "max-age=86400")?;
//!
//! let request = Request::get("/hello.txt").header("range", "bytes=7-").body(())?;
//! let Ok(response) = files.call(request).await;
//! assert_eq!(response.status(), 206);
//! assert_eq!(response.headers()["content-range"], "bytes 7-12/13");
//! assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
//! assert_eq!(response.into_body().collect(100).await?, "World!");
//! # Ok(())
//! # }
//! ```
//!
//! # What it answers
//!
//! GET and HEAD, with conditions and ranges by RFC 9110, content codings from files beside the file, indexes, and lists of
//! directories where they are switched on. `spec/static.md` has every rule.
//!
//! # What it never serves
//!
//! Nothing outside the directory: the kernel resolves each name beneath it (`openat2` with `RESOLVE_BENEATH`), or where it
//! cannot, each step is opened by itself, and none may be a symbolic link. No name that begins with a dot, but `.well-known`. No
//! pipe, no device. No part of a file as the whole: a file that is changed while it is sent ends in a broken connection.
//!
//! # Memory and threads
//!
//! Small files are kept, with the heads of their responses, in a cache that is bounded by bytes and keeps what is asked for often
//! (W-TinyLFU). Whether a file is as it was is looked at once a second at most, while it is asked for. Large files are kept open, and read in
//! pieces while they are sent: what the page cache has without a change of thread, the rest by at most 64 threads. Over a server
//! with the setting `sendfile` the kernel sends them: then see [`StaticFiles::with_sendfile`].
//!
//! # Features
//!
//! | Name | What it adds | Default |
//! |---|---|---|
//! | `embed` | `StaticFiles::embedded`: a directory in the program itself | no |

mod active_content;
mod answer;
mod body;
mod cache;
mod conditions;
mod disposition;
#[cfg(feature = "embed")]
mod embedded;
mod error;
mod file;
mod files;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod hashed;
mod listing;
mod lookup;
mod media_type;
mod mounts;
mod path;
mod range;
mod redirect;
mod representation;
mod root;
mod service;
mod settings;
mod shared;
mod source;
mod stamp;
mod visit;

pub use self::active_content::ActiveContent;
pub use self::cache::CacheStats;
pub use self::error::StaticFilesError;
pub use self::file::File;
pub use self::files::StaticFiles;
pub use self::mounts::{StaticMounts, StaticMountsFuture, StaticMountsService};
pub use self::service::StaticFilesFuture;
#[cfg(feature = "embed")]
pub use include_dir;
