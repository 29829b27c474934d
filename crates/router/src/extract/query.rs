//! [`Query`]: the query of the URI as the type that the handler wants.

use http::Uri;
use http::request::Parts;
use hyperserve_core::FromRequestParts;
use serde::de::DeserializeOwned;

use super::location::Part;
use super::transparent::transparent;
use super::{Rejection, urlencoded};

/// The query, `?page=2&tag=a&tag=b`.
///
/// `T` is a struct, a map, or a list of pairs. A name that is repeated fills a `Vec`; for anything else, once is
/// enough. A URI without a query reads as an empty one. `Option` and `#[serde(default)]` are for what need not be
/// there; an empty value (`page=`) is `None` of an optional number or `bool`, and `""` of an optional `String`.
/// A number within `#[serde(flatten)]` cannot be read, since serde then forgets what type is wanted.
///
/// A value that does not fit is answered with 422 and `loc` `["query", name]`, a query that cannot be
/// percent-decoded to UTF-8 with 400.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{FromRequestParts, Problem};
/// use hyperserve_router::Query;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Search {
///     page: Option<u32>,
///     #[serde(default)]
///     tag: Vec<String>,
/// }
///
/// let request = http::Request::get("/items?page=2&tag=a&tag=b").body(()).unwrap();
/// let (mut parts, ()) = request.into_parts();
/// let Query(search) = Query::<Search>::from_request_parts(&mut parts, &()).await.unwrap();
/// assert_eq!((search.page, search.tag.len()), (Some(2), 2));
///
/// parts.uri = "/items?page=two".parse().unwrap();
/// let rejection = Query::<Search>::from_request_parts(&mut parts, &()).await.err().unwrap();
/// let errors = Problem::from(rejection).extension("errors").unwrap().to_string();
/// assert_eq!(errors, r#"[{"loc":["query","page"],"msg":"invalid digit found in string"}]"#);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

transparent!(Query);

impl<T: DeserializeOwned> Query<T> {
    /// Reads the query of any URI.
    ///
    /// # Errors
    ///
    /// When it cannot be decoded, or is not of the wanted shape.
    pub fn try_from_uri(uri: &Uri) -> Result<Self, Rejection> {
        urlencoded::read(Part::Query, uri.query().unwrap_or_default().as_bytes()).map(Self)
    }
}

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Sync,
    T: DeserializeOwned,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Self::try_from_uri(&parts.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyperserve_core::Problem;
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Debug, Deserialize, PartialEq)]
    struct Search {
        q: String,
        page: Option<u32>,
        #[serde(default)]
        tag: Vec<u8>,
        #[serde(default)]
        order: Option<Order>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Order {
        Up,
        Down,
    }

    fn read<T: DeserializeOwned>(uri: &str) -> Result<T, Rejection> {
        Query::try_from_uri(&uri.parse().unwrap()).map(|query| query.0)
    }

    fn errors<T: DeserializeOwned + std::fmt::Debug>(uri: &str) -> Value {
        let problem = Problem::from(read::<T>(uri).unwrap_err());
        assert_eq!(problem.status(), 422, "{uri}");
        problem.extension("errors").unwrap().clone()
    }

    #[test]
    fn shapes() {
        let search = Search { q: "a b&é".into(), page: None, tag: vec![], order: None };
        assert_eq!(read::<Search>("/?q=a+b%26%C3%A9").unwrap(), search);
        let search = Search { q: String::new(), page: None, tag: vec![1, 2], order: Some(Order::Down) };
        assert_eq!(read::<Search>("/?q&tag=1&page=&order=down&tag=2&other=x").unwrap(), search);
        assert_eq!(read::<Search>("/?q=&tag=1").unwrap().tag, [1]);
        let pairs = read::<Vec<(String, u8)>>("/?a=1&b=2&a=3").unwrap();
        assert_eq!(pairs, [("a".into(), 1), ("b".into(), 2), ("a".into(), 3)]);
        let map = read::<std::collections::HashMap<String, Vec<u8>>>("/?a=1&a=2").unwrap();
        assert_eq!(map["a"], [1, 2]);
        assert_eq!(read::<()>("/").unwrap(), ());
        assert!(read::<Vec<(String, String)>>("/").unwrap().is_empty());
    }

    #[test]
    fn errors_name_the_parameter() {
        let one = |name: &str, message: &str| json!([{"loc": ["query", name], "msg": message}]);
        assert_eq!(errors::<Search>("/"), one("q", "missing field `q`"));
        assert_eq!(errors::<Search>("/?q=&page=x"), one("page", "invalid digit found in string"));
        assert_eq!(errors::<Search>("/?q=1&q=2"), one("q", "given more than once"));
        let unknown = "unknown variant `left`, expected `up` or `down`";
        assert_eq!(errors::<Search>("/?q=&order=left"), one("order", unknown));
        let element = json!([{"loc": ["query", "tag", 1], "msg": "number too large to fit in target type"}]);
        assert_eq!(errors::<Search>("/?q=&tag=255&tag=256"), element);
        assert_eq!(
            errors::<std::collections::HashMap<String, u8>>("/?a%C3%A9=x")[0]["loc"],
            json!(["query", "aé"])
        );
    }

    #[test]
    fn unknown_names_are_named_where_they_are_refused() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Strict {
            #[allow(dead_code, reason = "never read")]
            a: Option<u8>,
        }
        let errors = errors::<Strict>("/?b=1");
        assert_eq!(errors[0]["loc"], json!(["query", "b"]));
        assert_eq!(errors[0]["msg"], "unknown field `b`, expected `a`");
    }

    #[test]
    fn what_is_flattened_is_found_and_what_is_missing_in_it_named() {
        #[derive(Debug, Deserialize)]
        struct Outer {
            a: u8,
            #[serde(flatten)]
            inner: Inner,
        }
        #[derive(Debug, Deserialize)]
        struct Inner {
            b: String,
        }
        let outer = read::<Outer>("/?a=1&b=x").unwrap();
        assert_eq!((outer.a, &*outer.inner.b), (1, "x"));
        assert_eq!(errors::<Outer>("/?a=1")[0]["loc"], json!(["query", "b"]));
        assert_eq!(errors::<Outer>("/?b=1")[0]["loc"], json!(["query", "a"]));
    }

    #[test]
    fn what_cannot_be_decoded_is_400() {
        for uri in ["/?q=%ff", "/?%ff", "/?q=%C3&x=%A9", "/?q=100%", "/?q=%zz"] {
            let rejection = read::<Search>(uri).unwrap_err();
            assert!(rejection.is_malformed(), "{uri}");
            assert_eq!(rejection.status(), 400);
        }
        let detail = "The query is not valid UTF-8 once it is percent-decoded.";
        assert_eq!(read::<Search>("/?q=%ff").unwrap_err().to_string(), detail);
    }
}
