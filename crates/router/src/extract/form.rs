//! [`Form`]: the fields of an HTML form, both ways.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use hyperserve_core::{
    DEFAULT_FORM_FIELDS, FromRequest, IntoResponse, Problem, Request, RequestContext, Response,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::location::Part;
use super::transparent::transparent;
use super::{Query, Rejection, media_type, urlencoded};

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// The fields of a form that was submitted in the usual encoding, `application/x-www-form-urlencoded`.
///
/// They are read from the query of GET and HEAD requests, as browsers send a form with `method="get"`, and from the
/// body otherwise, at most as many bytes as the body limit allows. What `T` may be, and how errors are answered, is as
/// for [`Query`], with `loc` beginning in `body`; a body of another media type, or of none, is answered with 415. For
/// `multipart/form-data` there is `Multipart`. As a response it is the body of that type.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{Body, FromRequest, IntoResponse, Request};
/// use hyperserve_router::Form;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, Serialize)]
/// struct Login { user: String, remember: bool }
///
/// let request = Request::post("/login")
///     .header("content-type", "application/x-www-form-urlencoded")
///     .body(Body::from("user=Ada+L&remember=on"))
///     .unwrap();
/// let Form(login) = Form::<Login>::from_request(request, &()).await.unwrap();
/// assert_eq!((&*login.user, login.remember), ("Ada L", true));
///
/// let response = Form(login).into_response();
/// assert_eq!(response.body().as_bytes().unwrap(), "user=Ada+L&remember=true");
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form<T>(pub T);

transparent!(Form);

impl<S, T> FromRequest<S> for Form<T>
where
    S: Sync,
    T: DeserializeOwned,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            return Query::try_from_uri(request.uri()).map(|query| Self(query.0));
        }
        if !media_type::is_form(request.headers()) {
            return Err(Rejection::media_type(MEDIA_TYPE));
        }
        let limit =
            RequestContext::of(request.extensions()).map_or(DEFAULT_FORM_FIELDS, RequestContext::form_fields);
        let body = Bytes::from_request(request, state).await?;
        check_count(&body, limit)?;
        urlencoded::read(Part::Body, &body).map(Self)
    }
}

/// Fields cost more memory than the bytes they are written in, so that their count is bounded as well.
fn check_count(body: &[u8], limit: usize) -> Result<(), Rejection> {
    let separators = body.iter().filter(|&&byte| byte == b'&').count();
    if separators < limit {
        return Ok(());
    }
    Err(Rejection::too_large(format!("The request body has more than {limit} fields."), limit as u64))
}

/// A value that is not a struct, a map or a list of pairs of plain values is answered with a logged 500.
impl<T: Serialize> IntoResponse for Form<T> {
    fn into_response(self) -> Response {
        match serde_html_form::to_string(&self.0) {
            Ok(encoded) => {
                ([(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], encoded).into_response()
            }
            Err(error) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyperserve_core::{Body, RequestExt};
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Item {
        name: String,
        #[serde(default)]
        tag: Vec<u8>,
    }

    fn posted(media_type: &str, body: impl Into<Body>) -> Request {
        let request = http::Request::post("/?name=query").header("content-type", media_type);
        request.body(body.into()).unwrap()
    }

    async fn refused(request: Request) -> Problem {
        request.extract::<Form<Item>, _>().await.unwrap_err().into()
    }

    #[tokio::test]
    async fn the_body_or_the_query() {
        let request = posted("application/x-www-form-urlencoded; charset=utf-8", "name=a%26b&tag=1&tag=2");
        let Form(item) = request.extract::<Form<Item>, _>().await.unwrap();
        assert_eq!(item, Item { name: "a&b".into(), tag: vec![1, 2] });
        for method in [Method::GET, Method::HEAD] {
            let mut request = posted("text/plain", "name=body");
            *request.method_mut() = method;
            assert_eq!(request.extract::<Form<Item>, _>().await.unwrap().name, "query");
        }
    }

    #[tokio::test]
    async fn another_media_type_is_415() {
        for media_type in ["application/json", "multipart/form-data; boundary=a", "nonsense"] {
            let problem = refused(posted(media_type, "name=a")).await;
            assert_eq!(problem.status(), 415);
            assert_eq!(problem.headers()["accept"], MEDIA_TYPE);
        }
        let mut without = posted(MEDIA_TYPE, "name=a");
        without.headers_mut().clear();
        assert_eq!(refused(without).await.status(), 415);
    }

    #[tokio::test]
    async fn malformed_misshapen_and_too_large() {
        for body in [&b"name=%ff"[..], b"name=\xff", b"name=%f"] {
            let problem = refused(posted(MEDIA_TYPE, body)).await;
            assert_eq!(problem.status(), 400);
            assert!(problem.detail().unwrap().starts_with("The request body "));
        }
        let problem = refused(posted(MEDIA_TYPE, "name=a&tag=x")).await;
        assert_eq!(
            (problem.status().as_u16(), &problem.extension("errors").unwrap()[0]["loc"]),
            (422, &json!(["body", "tag", 0]))
        );
        let problem = refused(posted(MEDIA_TYPE, "")).await;
        assert_eq!(problem.extension("errors").unwrap()[0]["loc"], json!(["body", "name"]));
        let mut large = posted(MEDIA_TYPE, "name=abcdef");
        RequestContext::of_mut(large.extensions_mut()).set_body_limit(4);
        assert_eq!(refused(large).await.status(), 413);
    }

    #[tokio::test]
    async fn too_many_fields_are_too_large() {
        let with = |fields: usize| {
            let body =
                vec!["name=a"; 1].into_iter().chain(vec!["tag=1"; fields - 1]).collect::<Vec<_>>().join("&");
            let mut request = posted(MEDIA_TYPE, body);
            let context = RequestContext::new(Default::default()).with_form_fields(3);
            request.extensions_mut().insert(context);
            request
        };
        assert!(with(3).extract::<Form<Item>, _>().await.is_ok());
        let problem = refused(with(4)).await;
        assert_eq!((problem.status().as_u16(), problem.extension("limit")), (413, Some(&json!(3))));
        let unbound = posted(MEDIA_TYPE, "tag=1&".repeat(1000));
        assert_eq!(refused(unbound).await.status(), 413);
    }

    #[test]
    fn as_a_response() {
        let response = Form(Item { name: "a b".into(), tag: vec![1, 2] }).into_response();
        assert_eq!(response.headers()["content-type"], MEDIA_TYPE);
        assert_eq!(response.body().as_bytes().unwrap(), "name=a+b&tag=1&tag=2");
        assert_eq!(Form(7).into_response().status(), 500);
    }
}
