//! [`StaticMounts`]: directories at paths in front of a service, as a tower layer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyperserve_core::{Body, Request, Response, is_within};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{StaticFiles, StaticFilesError, StaticFilesFuture};

/// Directories in front of a service, each at a path: what is there and beneath it is a file, all else is for the service. Of
/// several paths the longest counts.
///
/// Where there is a router, mount [`StaticFiles`] there; this is for services that are not ours.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use hyperserve_core::{Body, Request};
/// use hyperserve_static::{StaticFiles, StaticMounts};
/// use tower_layer::Layer as _;
/// use tower_service::Service as _;
/// # use hyperserve_server::app_fn;
///
/// # let directory = tempfile::tempdir()?;
/// # std::fs::write(directory.path().join("app.js"), "")?;
/// let mounts = StaticMounts::new().with("/static", StaticFiles::new(directory.path())?)?;
/// let mut service = mounts.layer(app_fn(async |_: Request| "the application"));
///
/// let Ok(file) = service.call(Request::get("/static/app.js").body(Body::empty())?).await;
/// assert_eq!(file.headers()["content-type"], "text/javascript; charset=utf-8");
/// let Ok(other) = service.call(Request::get("/staticx").body(Body::empty())?).await;
/// assert_eq!(other.into_body().collect(100).await?, "the application");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct StaticMounts {
    /// The longest path first.
    mounts: Arc<[(Box<str>, StaticFiles)]>,
}

impl StaticMounts {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a directory at a path, which is compared with that of a request as it stands there, segment by segment.
    ///
    /// # Errors
    ///
    /// [`StaticFilesError`] when the path does not begin with `/`, has a query, or has a directory already.
    pub fn with(self, path: &str, files: StaticFiles) -> Result<Self, StaticFilesError> {
        let at = path.trim_end_matches('/');
        let is_path = path.starts_with('/') && at.parse::<Uri>().is_ok_and(|uri| uri.query().is_none())
            || at.is_empty();
        if !path.starts_with('/') || !is_path {
            return Err(StaticFilesError::new(format!("`{path}` is not a path: write one like `/static`")));
        }
        if self.mounts.iter().any(|(taken, _)| **taken == *at) {
            return Err(StaticFilesError::new(format!("the path {path} has two directories: give it one")));
        }
        let mut mounts = self.mounts.to_vec();
        mounts.push((at.into(), files.with_prefix(at)));
        mounts.sort_by_key(|(at, _)| std::cmp::Reverse(at.len()));
        Ok(Self { mounts: mounts.into() })
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mounts.is_empty()
    }

    fn of(&self, path: &str) -> Option<&StaticFiles> {
        self.mounts.iter().find(|(at, _)| is_within(path, at)).map(|(_, files)| files)
    }
}

impl<S> Layer<S> for StaticMounts {
    type Service = StaticMountsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        StaticMountsService { inner, mounts: self.clone() }
    }
}

/// The service that [`StaticMounts`] makes.
#[derive(Clone, Debug)]
pub struct StaticMountsService<S> {
    inner: S,
    mounts: StaticMounts,
}

impl<S, B> Service<Request<B>> for StaticMountsService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = StaticMountsFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = match self.mounts.of(request.uri().path()) {
            Some(files) => Answer::Files { answer: files.clone().call(request) },
            None => Answer::Inner { answer: self.inner.call(request) },
        };
        StaticMountsFuture { answer }
    }
}

pin_project! {
    /// The answer of a [`StaticMountsService`].
    #[must_use = "futures do nothing unless polled"]
    pub struct StaticMountsFuture<F> {
        #[pin]
        answer: Answer<F>,
    }
}

pin_project! {
    #[project = Projected]
    enum Answer<F> {
        Files { answer: StaticFilesFuture },
        Inner { #[pin] answer: F },
    }
}

impl<F, E> Future for StaticMountsFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().answer.project() {
            Projected::Files { answer } => {
                Pin::new(answer).poll(cx).map(|answered| answered.map_err(|never| match never {}))
            }
            Projected::Inner { answer } => answer.poll(cx),
        }
    }
}

impl<F> fmt::Debug for StaticMountsFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticMountsFuture").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use hyperserve_core::Body;
    use hyperserve_server::app_fn;

    use super::*;

    fn files(name: &str) -> (tempfile::TempDir, StaticFiles) {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("sub")).unwrap();
        std::fs::write(directory.path().join("a.txt"), name).unwrap();
        let files = StaticFiles::new(directory.path()).unwrap();
        (directory, files)
    }

    #[tokio::test]
    async fn each_path_has_its_files_and_the_rest_is_the_service() {
        let ((_one, outer), (_two, inner)) = (files("outer"), files("inner"));
        let mounts = StaticMounts::new().with("/s", outer).unwrap().with("/s/deep/", inner).unwrap();
        let mut service = mounts.layer(app_fn(async |_: Request| "app"));
        let mut ask = async |path: &str| {
            let Ok(answer) = service.call(Request::get(path).body(Body::empty()).unwrap()).await;
            let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
            let status = answer.status().as_u16();
            let text = answer.into_body().collect(1000).await.unwrap();
            (status, location.unwrap_or_else(|| String::from_utf8_lossy(&text).into_owned()))
        };
        for (path, status, text) in [
            ("/s/a.txt", 200, "outer"),
            ("/s/deep/a.txt", 200, "inner"),
            ("/", 200, "app"),
            ("/sx/a.txt", 200, "app"),
            ("/a.txt", 200, "app"),
            ("/s", 301, "s/"),
            ("/s/deep?x", 301, "deep/?x"),
            ("/s/sub", 301, "sub/"),
        ] {
            assert_eq!(ask(path).await, (status, text.into()), "{path}");
        }
        assert_eq!(ask("/s/none").await.0, 404);
    }

    #[test]
    fn paths_that_cannot_be_are_told() {
        let (_directory, files) = files("x");
        for path in ["", "static", "/a?b", "/a b"] {
            let told = StaticMounts::new().with(path, files.clone()).unwrap_err().to_string();
            assert!(told.ends_with("is not a path: write one like `/static`"), "{told}");
        }
        let twice = StaticMounts::new().with("/a", files.clone()).unwrap().with("/a/", files).unwrap_err();
        assert_eq!(twice.to_string(), "the path /a/ has two directories: give it one");
    }
}
