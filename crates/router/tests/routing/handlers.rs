//! Functions as handlers.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use hyperserve_core::Body;
use hyperserve_router::{FromRef, Router, State, get, post};

use super::{ask, get_text, request, send};

#[derive(Clone)]
struct Everything {
    name: &'static str,
    count: Count,
}

#[derive(Clone)]
struct Count(u32);

impl FromRef<Everything> for Count {
    fn from_ref(everything: &Everything) -> Self {
        everything.count.clone()
    }
}

#[test]
fn state_and_its_parts_are_given() {
    async fn show(State(everything): State<Everything>, State(Count(count)): State<Count>) -> String {
        format!("{} {count}", everything.name)
    }
    let app = Router::new().route("/", get(show)).fallback(show);
    let app = app.with_state::<()>(Everything { name: "all", count: Count(3) }).build();
    assert_eq!(get_text(&app, "/"), "all 3");
    assert_eq!(get_text(&app, "/elsewhere"), "all 3");
}

#[test]
fn routers_of_different_states_meet_once_each_has_its_own() {
    async fn number(State(number): State<u32>) -> String {
        number.to_string()
    }
    async fn text(State(text): State<String>) -> String {
        text
    }
    let one = Router::new().route("/one", get(number)).with_state(1);
    let two = Router::new().route("/two", get(text)).with_state("two".to_owned());
    let app = Router::new().merge(one).merge(two).build();
    assert_eq!(get_text(&app, "/one"), "1");
    assert_eq!(get_text(&app, "/two"), "two");
}

#[test]
fn sixteen_arguments_are_taken_in_order() {
    #[expect(clippy::too_many_arguments, reason = "the most there may be")]
    async fn many(
        a: Method,
        _b: Uri,
        _c: HeaderMap,
        _d: Method,
        _e: Uri,
        _f: HeaderMap,
        _g: Method,
        _h: Uri,
        _i: HeaderMap,
        _j: Method,
        _k: Uri,
        _l: HeaderMap,
        _m: Method,
        _n: Uri,
        _o: HeaderMap,
        body: Bytes,
    ) -> String {
        format!("{a} {}", body.len())
    }
    let app = Router::new().route("/", post(many)).build();
    let mut request = request("POST", "/");
    *request.body_mut() = Body::from("12345");
    assert_eq!(send(&app, request).text, "POST 5");
}

#[test]
fn answers_are_of_many_kinds() {
    let app = Router::new()
        .route("/result", get(async || -> Result<&'static str, StatusCode> { Err(StatusCode::CONFLICT) }))
        .route("/tuple", get(async || (StatusCode::CREATED, [("x-a", "b")], "made")))
        .route("/closure", {
            let text = "captured".to_owned();
            get(move || {
                let text = text.clone();
                async move { text }
            })
        })
        .build();
    assert_eq!(ask(&app, "GET", "/result").status, 409);
    let made = ask(&app, "GET", "/tuple");
    assert_eq!((made.status, made.header("x-a"), &*made.text), (201, "b", "made"));
    assert_eq!(get_text(&app, "/closure"), "captured");
}

#[test]
fn the_first_argument_that_fails_answers() {
    struct No;
    impl<S: Sync> hyperserve_core::FromRequestParts<S> for No {
        type Rejection = StatusCode;
        async fn from_request_parts(_: &mut http::request::Parts, _: &S) -> Result<Self, StatusCode> {
            Err(StatusCode::FORBIDDEN)
        }
    }
    let app = Router::new().route("/", get(async |_: No, _: Method| "yes")).build();
    assert_eq!(ask(&app, "GET", "/").status, 403);
}
