//! [`Session`]: what a handler sees of it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use http::request::Parts;
use hyperserve_core::{FromRequestParts, OptionalFromRequestParts, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;
use tower_sessions_core::session::Id;

use super::SessionError;
use super::content::Content;
use super::layer::Shared;

/// What is remembered of a client. Clones are the same session.
///
/// The first call of a request that needs the data loads it. What is changed is saved when the handler has answered, before
/// its response is sent; what is changed later, by a body that streams, is lost.
///
/// As an extractor it needs a [`SessionLayer`](super::SessionLayer) in front, otherwise it answers 500.
#[derive(Clone)]
pub struct Session {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) shared: Arc<Shared>,
    pub(super) secure: bool,
    /// The value of the cookie that came.
    pub(super) cookie: Option<Box<str>>,
    loaded: OnceCell<()>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) content: Content,
    /// The id that the store knows.
    pub(super) id: Option<Id>,
    /// Whether the cookie that came was good.
    pub(super) existed: bool,
    pub(super) changed: bool,
    pub(super) renewed: bool,
    pub(super) destroyed: bool,
}

impl Session {
    pub(super) fn new(shared: Arc<Shared>, secure: bool, cookie: Option<&str>) -> Self {
        let cookie = cookie.map(Box::from);
        let inner = Inner { shared, secure, cookie, loaded: OnceCell::new(), state: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// A value, `None` if there is none of this name.
    ///
    /// # Errors
    ///
    /// [`SessionError::is_store`] if the session cannot be loaded, [`SessionError::is_value`] if the value is of another type.
    pub async fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SessionError> {
        self.load().await?;
        let value = self.inner.state().content.data.get(name).cloned();
        value.map(serde_json::from_value).transpose().map_err(SessionError::value)
    }

    /// Sets a value.
    ///
    /// # Errors
    ///
    /// [`SessionError::is_store`] if the session cannot be loaded, [`SessionError::is_value`] if the value is no JSON, and
    /// [`SessionError::is_too_large`] if the cookie would be too long; then nothing is changed.
    pub async fn insert(&self, name: impl Into<String>, value: impl Serialize) -> Result<(), SessionError> {
        let value = serde_json::to_value(value).map_err(SessionError::value)?;
        self.load().await?;
        let mut state = self.inner.state();
        let name = name.into();
        let before = state.content.data.insert(name.clone(), value);
        if let Err(error) = self.inner.shared.check_length(&state.content, self.inner.secure) {
            match before {
                Some(before) => state.content.data.insert(name, before),
                None => state.content.data.remove(&name),
            };
            return Err(error);
        }
        (state.changed, state.destroyed) = (true, false);
        Ok(())
    }

    /// Removes a value and gives it.
    ///
    /// # Errors
    ///
    /// [`SessionError::is_store`] if the session cannot be loaded.
    pub async fn remove(&self, name: &str) -> Result<Option<Value>, SessionError> {
        self.load().await?;
        let mut state = self.inner.state();
        let value = state.content.data.remove(name);
        state.changed |= value.is_some();
        Ok(value)
    }

    /// Whether nothing is in it.
    ///
    /// # Errors
    ///
    /// [`SessionError::is_store`] if the session cannot be loaded.
    pub async fn is_empty(&self) -> Result<bool, SessionError> {
        self.load().await?;
        Ok(self.inner.state().content.data.is_empty())
    }

    /// Gives the session a new id and a new beginning, and keeps its data: for when somebody logs in, or gets other rights.
    ///
    /// # Errors
    ///
    /// [`SessionError::is_store`] if the session cannot be loaded.
    pub async fn renew(&self) -> Result<(), SessionError> {
        self.load().await?;
        let mut state = self.inner.state();
        state.renewed = true;
        state.content.created = Content::new().created;
        Ok(())
    }

    /// Ends the session: the store forgets it, and the cookie is removed. For when somebody logs out.
    ///
    /// # Errors
    ///
    /// [`SessionError::is_store`] if the session cannot be loaded.
    pub async fn destroy(&self) -> Result<(), SessionError> {
        self.load().await?;
        let mut state = self.inner.state();
        state.content = Content::new();
        (state.changed, state.renewed, state.destroyed) = (true, true, true);
        Ok(())
    }

    /// Whether the request came with a cookie of a session, good or not. Loads nothing.
    #[must_use]
    pub fn has_cookie(&self) -> bool {
        self.inner.cookie.is_some()
    }

    async fn load(&self) -> Result<(), SessionError> {
        let inner = &self.inner;
        let load = async || {
            let found = match &inner.cookie {
                Some(cookie) => inner.shared.load(cookie, inner.secure).await?,
                None => None,
            };
            let mut state = inner.state();
            state.existed = found.is_some();
            (state.id, state.content) = found.unwrap_or_else(|| (None, Content::new()));
            Ok(())
        };
        inner.loaded.get_or_try_init(load).await?;
        Ok(())
    }
}

impl Inner {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn was_loaded(&self) -> bool {
        self.loaded.initialized()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("loaded", &self.inner.was_loaded()).finish_non_exhaustive()
    }
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            let cause = "no SessionLayer stands in front of this handler";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(cause)
        })
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
