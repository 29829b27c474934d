//! The one renderer of the process, and how to put another in its place.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::HeaderValue;

use super::{Format, Problem, html, json, text};

/// What a [`Renderer`] makes of a problem: a body and its media type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rendering {
    /// The value of `Content-Type`.
    pub content_type: HeaderValue,
    /// The whole body.
    pub body: Bytes,
}

impl Rendering {
    /// A body of this media type.
    #[must_use]
    pub fn new(content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self { content_type, body: body.into() }
    }
}

/// Turns problems into bodies. Status and headers are not its business: those are the problem's own.
///
/// Functions and closures of the same shape are renderers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot render problems",
    label = "not a problem renderer",
    note = "pass `fn(&Problem, Format) -> Rendering`, or a type that implements `Renderer`"
)]
pub trait Renderer: Send + Sync + 'static {
    /// Renders `problem` in `format`. Values are the client's or the program's: escape them.
    fn render(&self, problem: &Problem, format: Format) -> Rendering;
}

impl<F> Renderer for F
where
    F: Fn(&Problem, Format) -> Rendering + Send + Sync + 'static,
{
    fn render(&self, problem: &Problem, format: Format) -> Rendering {
        self(problem, format)
    }
}

/// Whether [`RENDERER`] holds one, so that the built-in path takes no lock.
static REPLACED: AtomicBool = AtomicBool::new(false);
static RENDERER: RwLock<Option<Arc<dyn Renderer>>> = RwLock::new(None);

/// Puts `renderer` in the place of the present one, for the whole process.
///
/// ```standalone_crate
/// use http::{HeaderValue, StatusCode};
/// use hyperserve_core::{IntoResponse, Problem, problem::{self, Format, Rendering}};
///
/// problem::set_renderer(|problem: &Problem, format: Format| match format {
///     Format::Html => Rendering::new(HeaderValue::from_static("text/html"), "<h1>Oh no</h1>"),
///     _ => problem::render(problem, format), // as usual
/// });
/// let page = problem::rerender(Problem::new(StatusCode::GONE).into_response(), Format::Html);
/// assert_eq!(page.body().as_bytes().unwrap(), "<h1>Oh no</h1>");
/// ```
pub fn set_renderer(renderer: impl Renderer) {
    replace(Some(Arc::new(renderer)));
}

/// Puts the built-in renderer back.
pub fn reset_renderer() {
    replace(None);
}

fn replace(renderer: Option<Arc<dyn Renderer>>) {
    let mut slot = RENDERER.write().unwrap_or_else(PoisonError::into_inner);
    REPLACED.store(renderer.is_some(), Ordering::Release);
    *slot = renderer;
}

/// The built-in rendering, whatever the process's renderer is: for renderers that change only one format.
#[must_use]
pub fn render(problem: &Problem, format: Format) -> Rendering {
    let body = match format {
        Format::Json => json::render(problem),
        Format::Text => text::render(problem),
        Format::Html => html::render(problem),
    };
    Rendering::new(HeaderValue::from_static(format.content_type()), body)
}

/// What the process's renderer makes of `problem`.
pub(super) fn render_current(problem: &Problem, format: Format) -> Rendering {
    if !REPLACED.load(Ordering::Acquire) {
        return render(problem, format);
    }
    // The lock is not held while foreign code runs.
    let renderer = RENDERER.read().unwrap_or_else(PoisonError::into_inner).clone();
    renderer.map_or_else(|| render(problem, format), |renderer| renderer.render(problem, format))
}
