//! [`SessionLayer`] and its service; and where sessions are loaded from and saved to.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Request};
use hyperserve_core::{Body, RequestContext, Response};
use tower_layer::Layer;
use tower_service::Service;
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::Id;

use super::content::{Content, now};
use super::cookies::CookieSpec;
use super::future::SessionFuture;
use super::sealed::{MOST, Seal};
use super::stored::{from_record, to_record};
use super::{Session, SessionConfig, SessionConfigError, SessionError, SessionKey};

/// Gives every request a [`Session`].
///
/// Put it inside compression and a response cache, outside whatever uses sessions.
#[derive(Clone, Debug)]
#[must_use]
pub struct SessionLayer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) cookies: CookieSpec,
    idle: Duration,
    absolute: Duration,
    backend: Backend,
}

#[derive(Debug)]
enum Backend {
    Cookie(Seal),
    Store(Arc<dyn SessionStore>),
}

impl SessionLayer {
    /// Keeps the data in a store, and an id in the cookie.
    ///
    /// # Errors
    ///
    /// [`SessionConfigError`] for a name that is none of a cookie, and for times that make no sense.
    pub fn with_store(store: impl SessionStore, config: &SessionConfig) -> Result<Self, SessionConfigError> {
        Self::new(Backend::Store(Arc::new(store)), config)
    }

    /// Keeps the data in the cookie, encrypted (AES-256-GCM).
    ///
    /// The first key encrypts; cookies of the others are read as well, for the time in which one takes the place of another.
    ///
    /// # Errors
    ///
    /// As [`SessionLayer::with_store`], and without a key.
    pub fn with_cookie(
        keys: impl IntoIterator<Item = SessionKey>,
        config: &SessionConfig,
    ) -> Result<Self, SessionConfigError> {
        Self::sealed(keys, false, config)
    }

    /// Keeps the data in the cookie, signed (HMAC-SHA-256): clients can read it and not change it.
    ///
    /// # Errors
    ///
    /// As [`SessionLayer::with_cookie`].
    pub fn with_signed_cookie(
        keys: impl IntoIterator<Item = SessionKey>,
        config: &SessionConfig,
    ) -> Result<Self, SessionConfigError> {
        Self::sealed(keys, true, config)
    }

    fn sealed(
        keys: impl IntoIterator<Item = SessionKey>,
        signed: bool,
        config: &SessionConfig,
    ) -> Result<Self, SessionConfigError> {
        let keys: Vec<_> = keys.into_iter().map(|key| key.key).collect();
        if keys.is_empty() {
            return Err(SessionConfigError::new("sessions in cookies need a key; give one"));
        }
        Self::new(Backend::Cookie(Seal::new(keys, signed)), config)
    }

    fn new(backend: Backend, config: &SessionConfig) -> Result<Self, SessionConfigError> {
        config.check()?;
        let (idle, absolute) = (config.idle, config.absolute);
        Ok(Self { shared: Arc::new(Shared { cookies: CookieSpec::new(config), idle, absolute, backend }) })
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService { inner, shared: Arc::clone(&self.shared) }
    }
}

/// The service that [`SessionLayer`] makes.
#[derive(Clone, Debug)]
pub struct SessionService<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S, B> Service<Request<B>> for SessionService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = SessionFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let context = RequestContext::of(request.extensions());
        let secure = self.shared.cookies.is_secure(request.headers(), context);
        let cookie = self.shared.cookies.find(request.headers(), secure);
        let session = Session::new(Arc::clone(&self.shared), secure, cookie);
        request.extensions_mut().insert(session.clone());
        SessionFuture::new(self.inner.call(request), session)
    }
}

/// What is to be done about a session once there is a response.
pub(super) enum Save {
    /// Nothing was asked of it.
    Untouched,
    /// It was read and is as it was.
    Unchanged,
    /// It has to be saved: in the cookie, which takes no time, or in the store.
    Cookie(Option<HeaderValue>),
    Store(StoreWork),
}

pub(super) struct StoreWork {
    store: Arc<dyn SessionStore>,
    shared: Arc<Shared>,
    secure: bool,
    old: Option<Id>,
    /// `None` if it ends.
    content: Option<Content>,
    renewed: bool,
}

impl Shared {
    pub(super) async fn load(
        &self,
        cookie: &str,
        secure: bool,
    ) -> Result<Option<(Option<Id>, Content)>, SessionError> {
        let found = match &self.backend {
            Backend::Cookie(seal) => {
                seal.open(self.cookies.name(secure), cookie).map(|content| (None, content))
            }
            Backend::Store(store) => match cookie.parse::<Id>() {
                Ok(id) => {
                    let record = store.load(&id).await.map_err(SessionError::store)?;
                    record.and_then(from_record).map(|content| (Some(id), content))
                }
                Err(_) => None,
            },
        };
        Ok(found.filter(|(_, content)| content.is_alive(self.idle, self.absolute)))
    }

    pub(super) fn check_length(&self, content: &Content, secure: bool) -> Result<(), SessionError> {
        let Backend::Cookie(seal) = &self.backend else { return Ok(()) };
        let name = self.cookies.name(secure);
        match seal.length(name, content) + name.len() {
            bytes if bytes > MOST => Err(SessionError::too_large(bytes, MOST)),
            _ => Ok(()),
        }
    }

    /// What is to be done, and with what. The session's state is taken: this is its end.
    pub(super) fn settle(self: &Arc<Self>, session: &Session) -> Save {
        if !session.inner.was_loaded() {
            return Save::Untouched;
        }
        let mut state = std::mem::take(&mut *session.inner.state());
        let ends = state.destroyed || (state.changed && state.content.data.is_empty());
        let worn = state.existed && state.content.is_worn(self.idle);
        if (ends && !state.existed) || !(state.changed || state.renewed && state.existed || worn) {
            return Save::Unchanged;
        }
        state.content.saved = now();
        let secure = session.inner.secure;
        match &self.backend {
            Backend::Cookie(_) if ends => Save::Cookie(self.cookies.remove(secure)),
            Backend::Cookie(seal) => {
                let value = seal.close(self.cookies.name(secure), &state.content);
                Save::Cookie(value.and_then(|value| self.set(&value, secure, &state.content)))
            }
            Backend::Store(store) => Save::Store(StoreWork {
                store: Arc::clone(store),
                shared: Arc::clone(self),
                secure,
                old: state.id,
                content: (!ends).then_some(state.content),
                renewed: state.renewed,
            }),
        }
    }

    fn set(&self, value: &str, secure: bool, content: &Content) -> Option<HeaderValue> {
        let seconds = content.ends(self.idle, self.absolute).saturating_sub(content.saved);
        self.cookies.set(value, secure, seconds)
    }
}

impl StoreWork {
    /// Saves, and gives the cookie to set, if one is to be.
    pub(super) async fn run(self) -> Result<Option<HeaderValue>, SessionError> {
        let Self { store, shared, secure, old, content, renewed } = self;
        let Some(content) = content else {
            if let Some(old) = old {
                store.delete(&old).await.map_err(SessionError::store)?;
            }
            return Ok(shared.cookies.remove(secure));
        };
        let ends = content.ends(shared.idle, shared.absolute);
        let cookie = |id: Id, content: &Content| shared.set(&id.to_string(), secure, content);
        if let Some(id) = old.filter(|_| !renewed) {
            let set = if shared.cookies.persistent { cookie(id, &content) } else { None };
            store.save(&to_record(id, content, ends)).await.map_err(SessionError::store)?;
            return Ok(set);
        }
        let times = Content { data: serde_json::Map::new(), created: content.created, saved: content.saved };
        let mut record = to_record(Id::default(), content, ends);
        store.create(&mut record).await.map_err(SessionError::store)?;
        if let Some(old) = old {
            store.delete(&old).await.map_err(SessionError::store)?;
        }
        Ok(cookie(record.id, &times))
    }
}
