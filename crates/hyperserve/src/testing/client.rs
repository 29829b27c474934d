//! [`TestClient`].

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http::Method;
use hyperserve_core::{Request, Response};
use tokio::net::TcpListener;
use tower_service::Service;

use super::cookies::Cookies;
use super::request::TestRequest;
use super::transport::{Connected, InProcess, Transport};
use crate::App;

/// Sends requests to an application and gives its answers. Clones share the application and the cookies.
#[derive(Clone, Debug)]
pub struct TestClient {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) cookies: Option<Arc<Cookies>>,
    address: Option<SocketAddr>,
}

impl TestClient {
    /// Asks a service in process, without a socket: [`App::into_service`](crate::App::into_service), a router that was built,
    /// or any other tower service that cannot fail.
    #[must_use]
    pub fn new<T>(service: T) -> Self
    where
        T: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static>
            + Clone
            + Send
            + 'static,
    {
        Self { transport: Arc::new(InProcess::new(service)), cookies: None, address: None }
    }

    /// Serves an application on a free loopback port and on the runtime of the test, and asks it over HTTP/1.1. It is
    /// stopped when the last clone of the client is dropped. Without a configuration of its own it has the built-in one: no
    /// file, no environment.
    ///
    /// # Panics
    ///
    /// When there is no port, or when the application does not start: then with everything that is wrong with it.
    pub async fn serve<S: Clone + Send + Sync + 'static>(app: App<S>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.unwrap_or_else(|error| panic!("no port on 127.0.0.1: {error}"));
        let address =
            listener.local_addr().unwrap_or_else(|error| panic!("a listener without an address: {error}"));
        let serve = app.with_built_in_config().serve(listener);
        if let Some(fault) = serve.fault() {
            panic!("the app does not start: {fault}");
        }
        Self { transport: Arc::new(Connected::new(address, serve)), cookies: None, address: Some(address) }
    }

    /// Keeps the cookies that answers set, and sends them with later requests, whatever their path; those that expire are
    /// forgotten.
    #[must_use]
    pub fn with_cookies(mut self) -> Self {
        self.cookies = Some(Arc::default());
        self
    }

    /// Where the application is served; `None` in process.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// A request of this method for a path, or a path and query.
    ///
    /// # Panics
    ///
    /// When `target` is no path.
    #[track_caller]
    pub fn request(&self, method: Method, target: &str) -> TestRequest {
        TestRequest::new(self.clone(), method, target)
    }
}

macro_rules! methods {
    ($($name:ident $method:ident;)+) => {
        impl TestClient {
            $(
                #[doc = concat!("A ", stringify!($method), " request for a path, or a path and query.")]
                ///
                /// # Panics
                ///
                /// When `target` is no path.
                #[track_caller]
                pub fn $name(&self, target: &str) -> TestRequest {
                    self.request(Method::$method, target)
                }
            )+
        }
    };
}

methods! {
    get GET;
    head HEAD;
    post POST;
    put PUT;
    patch PATCH;
    delete DELETE;
    options OPTIONS;
}
