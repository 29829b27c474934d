//! [`MethodRouter`]: what one pattern answers, by method.

use std::any::type_name;
use std::fmt;
use std::panic::Location;

use http::Method;

use super::unbound::Unbound;
use crate::endpoint::{RouteLayer, RouteService, Step, from_service};
use crate::handler::{Handler, Shared};

/// The handlers of one pattern, by method.
///
/// ```
/// use hyperserve_router::{Router, get};
///
/// let item = get(|| async { "shown" }).delete(|| async { "gone" }).name("item");
/// let app = Router::new().route("/items/{id}", item).build();
/// ```
///
/// HEAD is answered by the handler of GET, without the content. OPTIONS is answered with 204 and `Allow`, any other method
/// with 405 and `Allow`, unless a handler of its own or [`any`](Self::any) is there.
#[must_use = "a method router does nothing until it is a route"]
pub struct MethodRouter<S = ()> {
    pub(super) entries: Vec<Entry<S>>,
    pub(super) name: Option<Box<str>>,
}

pub(super) struct Entry<S> {
    /// `None`: every method that has no entry of its own.
    pub(super) method: Option<Method>,
    pub(super) endpoint: Unbound<S>,
    pub(super) handler: &'static str,
    /// Innermost first.
    pub(super) steps: Vec<Step>,
    pub(super) site: &'static Location<'static>,
}

impl<S> Clone for Entry<S> {
    fn clone(&self) -> Self {
        Self {
            method: self.method.clone(),
            endpoint: self.endpoint.clone(),
            steps: self.steps.clone(),
            ..*self
        }
    }
}

impl<S> Clone for MethodRouter<S> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), name: self.name.clone() }
    }
}

impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
    /// Answers nothing yet.
    pub const fn new() -> Self {
        Self { entries: Vec::new(), name: None }
    }

    /// Answers this method, a standard one or one of your own that the server's `extra_methods` names.
    #[track_caller]
    pub fn on<H, M>(self, method: Method, handler: H) -> Self
    where
        H: Handler<M, S>,
    {
        self.with(Some(method), Unbound::handler(handler))
    }

    /// Answers this method with a service.
    #[track_caller]
    pub fn on_service<T: RouteService>(self, method: Method, service: T) -> Self {
        self.with(Some(method), (Unbound::Ready(from_service(service)), type_name::<T>()))
    }

    /// Answers every method that no other handler of this pattern answers.
    #[track_caller]
    pub fn any<H, M>(self, handler: H) -> Self
    where
        H: Handler<M, S>,
    {
        self.with(None, Unbound::handler(handler))
    }

    /// Answers every method that no other handler of this pattern answers, with a service.
    #[track_caller]
    pub fn any_service<T: RouteService>(self, service: T) -> Self {
        self.with(None, (Unbound::Ready(from_service(service)), type_name::<T>()))
    }

    #[track_caller]
    fn with(mut self, method: Option<Method>, (endpoint, handler): (Unbound<S>, &'static str)) -> Self {
        let site = Location::caller();
        self.entries.push(Entry { method, endpoint, handler, steps: Vec::new(), site });
        self
    }

    /// Puts a layer around the handlers added so far, and around the automatic answers at the pattern. The layer added last
    /// is the outermost.
    pub fn layer<L: RouteLayer>(self, layer: L) -> Self {
        self.step(&Step::layer(layer))
    }

    /// The most bytes of a body that extractors of the handlers added so far read; `usize::MAX` lifts the limit. By default
    /// the server's `body_limit`.
    pub fn body_limit(self, bytes: usize) -> Self {
        self.step(&Step::BodyLimit(bytes))
    }

    /// Lets the handlers added so far, with their layers, run to their end although the client has left. By default a
    /// handler is dropped where it waits.
    ///
    /// The handler runs as a tokio task, and a drain waits for it up to its deadline.
    pub fn detached(self) -> Self {
        self.step(&Step::Detached)
    }

    fn step(mut self, step: &Step) -> Self {
        for entry in &mut self.entries {
            entry.steps.push(step.clone());
        }
        self
    }

    /// Names the route for reverse URLs ([`UrlFor`](crate::UrlFor)). Two patterns of one name are a fault.
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    pub(super) fn bind<S2>(self, state: &Shared<S>) -> MethodRouter<S2> {
        let bound = |entry: Entry<S>| Entry {
            endpoint: Unbound::Ready(entry.endpoint.bind(state)),
            method: entry.method,
            handler: entry.handler,
            steps: entry.steps,
            site: entry.site,
        };
        MethodRouter { entries: self.entries.into_iter().map(bound).collect(), name: self.name }
    }
}

impl<S: Clone + Send + Sync + 'static> Default for MethodRouter<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for MethodRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods: Vec<_> = self.entries.iter().map(|entry| entry.method.as_ref()).collect();
        f.debug_struct("MethodRouter").field("methods", &methods).field("name", &self.name).finish()
    }
}

/// Answers every method with this handler.
#[track_caller]
pub fn any<H, M, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<M, S>,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().any(handler)
}

/// Answers every method with this service.
#[track_caller]
pub fn any_service<T, S>(service: T) -> MethodRouter<S>
where
    T: RouteService,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().any_service(service)
}

/// Answers this method, a standard one or one of your own that the server's `extra_methods` names.
#[track_caller]
pub fn on<H, M, S>(method: Method, handler: H) -> MethodRouter<S>
where
    H: Handler<M, S>,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().on(method, handler)
}

macro_rules! methods {
    ($($name:ident $service:ident $method:ident $text:literal;)+) => {
        impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
            $(
                #[doc = concat!("Answers ", $text, " with this handler too.")]
                #[track_caller]
                pub fn $name<H, M>(self, handler: H) -> Self
                where
                    H: Handler<M, S>,
                {
                    self.on(Method::$method, handler)
                }

                #[doc = concat!("Answers ", $text, " with this service too.")]
                #[track_caller]
                pub fn $service<T: RouteService>(self, service: T) -> Self {
                    self.on_service(Method::$method, service)
                }
            )+
        }

        $(
            #[doc = concat!("Answers ", $text, " with this handler.")]
            #[track_caller]
            pub fn $name<H, M, S>(handler: H) -> MethodRouter<S>
            where
                H: Handler<M, S>,
                S: Clone + Send + Sync + 'static,
            {
                MethodRouter::new().on(Method::$method, handler)
            }

            #[doc = concat!("Answers ", $text, " with this service.")]
            #[track_caller]
            pub fn $service<T, S>(service: T) -> MethodRouter<S>
            where
                T: RouteService,
                S: Clone + Send + Sync + 'static,
            {
                MethodRouter::new().on_service(Method::$method, service)
            }
        )+
    };
}

methods! {
    get get_service GET "GET, and HEAD without the content,";
    head head_service HEAD "HEAD";
    post post_service POST "POST";
    put put_service PUT "PUT";
    delete delete_service DELETE "DELETE";
    patch patch_service PATCH "PATCH";
    options options_service OPTIONS "OPTIONS";
    query query_service QUERY "QUERY (RFC 10008)";
}
