//! [`State`]: what the application shares between its handlers, and [`FromRef`]: the parts of it.

use std::convert::Infallible;

use http::request::Parts;
use hyperserve_core::FromRequestParts;

use super::transparent::transparent;

/// The application's state, or a part of it.
///
/// Every handler that takes one gets a clone: put what is large or shared into an [`Arc`](std::sync::Arc).
/// `T` is the state itself, or whatever the state has by [`FromRef`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{FromRequestParts, Request};
/// use hyperserve_router::{FromRef, State};
///
/// #[derive(Clone)]
/// struct App { greeting: &'static str, limit: Limit }
///
/// #[derive(Clone)]
/// struct Limit(u32);
///
/// impl FromRef<App> for Limit {
///     fn from_ref(app: &App) -> Self { app.limit.clone() }
/// }
///
/// let app = App { greeting: "hello", limit: Limit(3) };
/// let (mut parts, ()) = Request::new(()).into_parts();
/// let State(whole) = State::<App>::from_request_parts(&mut parts, &app).await.unwrap();
/// let State(part) = State::<Limit>::from_request_parts(&mut parts, &app).await.unwrap();
/// assert_eq!((whole.greeting, part.0), ("hello", 3));
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State<T>(pub T);

transparent!(State);

impl<S, T> FromRequestParts<S> for State<T>
where
    S: Sync,
    T: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(_parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(T::from_ref(state)))
    }
}

/// A value that the application's state `S` can hand out; every `Clone` type is a part of itself.
#[diagnostic::on_unimplemented(
    message = "the application's state `{S}` has no `{Self}`",
    label = "`State<{Self}>` and others that need it cannot be taken with the state `{S}`",
    note = "start with `App::with_state(value)`, or end with `Router::with_state(value)`, where `value` is a `{Self}`",
    note = "or, if `{S}` holds one, write `impl FromRef<{S}> for {Self}`"
)]
pub trait FromRef<S> {
    /// Takes the value out of the state, usually by cloning.
    fn from_ref(state: &S) -> Self;
}

/// The state of no application. Its being there keeps the compiler from taking the one part that a handler asks for as the whole
/// state, so that a missing state is told by [`FromRef`]'s message and not as two types that differ.
#[doc(hidden)]
#[derive(Debug)]
pub enum NoState {}

impl<T> FromRef<NoState> for T {
    fn from_ref(state: &NoState) -> Self {
        match *state {}
    }
}

impl<T: Clone> FromRef<T> for T {
    fn from_ref(state: &T) -> Self {
        state.clone()
    }
}
