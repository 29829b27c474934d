//! Layers and limits.

use bytes::Bytes;
use http::{HeaderValue, Uri};
use hyperserve_core::{Body, Request, Response};
use hyperserve_router::{Route, Router, get, post};
use tower::util::{MapRequestLayer, MapResponseLayer};

use super::{Answer, ask, found, get_text, request, says, send};

type Marking = MapResponseLayer<Box<dyn Mark>>;

trait Mark: FnOnce(Response) -> Response + Send + Sync {
    fn boxed(&self) -> Box<dyn Mark>;
}

impl<F: FnOnce(Response) -> Response + Clone + Send + Sync + 'static> Mark for F {
    fn boxed(&self) -> Box<dyn Mark> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Mark> {
    fn clone(&self) -> Self {
        (**self).boxed()
    }
}

/// Appends `mark` to the field `x-marks`.
fn mark(mark: &'static str) -> Marking {
    MapResponseLayer::new(Box::new(move |mut response: Response| {
        response.headers_mut().append("x-marks", HeaderValue::from_static(mark));
        response
    }) as Box<dyn Mark>)
}

fn marks(answer: &Answer) -> Vec<&str> {
    answer.headers.get_all("x-marks").iter().map(|mark| mark.to_str().unwrap()).collect()
}

#[test]
fn each_part_has_its_own_and_the_last_is_outermost() {
    let inner = Router::new().route("/x", get(says("x")).layer(mark("route"))).layer(mark("nested"));
    let app = Router::new()
        .route("/before", get(says("before")))
        .nest("/a", inner)
        .layer(mark("one"))
        .layer(mark("two"))
        .route("/after", get(says("after")))
        .build();
    assert_eq!(marks(&ask(&app, "GET", "/a/x")), ["route", "nested", "one", "two"]);
    assert_eq!(marks(&ask(&app, "GET", "/before")), ["one", "two"]);
    assert!(marks(&ask(&app, "GET", "/after")).is_empty());
}

#[test]
fn automatic_answers_are_inside() {
    let app = Router::new().route("/x", get(says("x"))).layer(mark("layer")).build();
    for (method, path, status) in [("POST", "/x", 405), ("OPTIONS", "/x", 204), ("GET", "/y", 404)] {
        let answer = ask(&app, method, path);
        assert_eq!((answer.status, marks(&answer)), (status, vec!["layer"]), "{method} {path}");
    }
}

#[test]
fn what_comes_before_routing_is_routed_by() {
    let rewrite = MapRequestLayer::new(|mut request: Request| {
        if request.uri().path() == "/old" {
            *request.uri_mut() = Uri::from_static("/new?from=old");
        }
        request
    });
    async fn both(
        uri: Uri,
        hyperserve_router::OriginalUri(original): hyperserve_router::OriginalUri,
    ) -> String {
        format!("{uri} {original}")
    }
    let app = Router::new().route("/new", get(both)).pre(rewrite).pre(mark("pre")).build();
    assert_eq!(get_text(&app, "/old"), "/new?from=old /old");
    assert_eq!(marks(&ask(&app, "GET", "/old")), ["pre"]);
    assert_eq!(marks(&ask(&app, "GET", "/nowhere")), ["pre"]);
}

#[test]
fn layers_know_the_route() {
    let layer = tower::layer::layer_fn(|inner: Route| {
        tower::service_fn(move |request: Request| {
            let mut inner = inner.clone();
            let context = hyperserve_core::RequestContext::of(request.extensions());
            let pattern = context.and_then(|context| context.route()).map(|route| route.pattern().to_owned());
            let answer = tower::Service::call(&mut inner, request);
            async move {
                let mut answer = answer.await?;
                let value = HeaderValue::try_from(pattern.unwrap_or_default()).unwrap();
                answer.headers_mut().insert("x-pattern", value);
                Ok::<_, std::convert::Infallible>(answer)
            }
        })
    });
    let app = Router::new().route("/{id}", get(found)).layer(layer).build();
    assert_eq!(ask(&app, "GET", "/7").header("x-pattern"), "/{id}");
}

#[test]
fn body_limits_nest() {
    async fn length(body: Bytes) -> String {
        body.len().to_string()
    }
    let app = Router::new()
        .route("/small", post(length))
        .route("/large", post(length).body_limit(1000))
        .body_limit(10)
        .route("/default", post(length))
        .build();
    for (path, size, status) in [
        ("/small", 10, 200),
        ("/small", 11, 413),
        ("/large", 1000, 200),
        ("/large", 1001, 413),
        ("/default", 5000, 200),
    ] {
        let mut request = request("POST", path);
        *request.body_mut() = Body::from(vec![b'x'; size]);
        assert_eq!(send(&app, request).status, status, "{path} {size}");
    }
}
