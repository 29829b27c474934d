use super::*;

use std::collections::HashMap;
use std::sync::Arc;

use http::uri::PathAndQuery;
use hyperserve_core::{Captures, Problem, RequestPartsExt, RouteTable};
use serde::Deserialize;
use serde_json::json;

struct Names(Vec<Box<str>>);

impl RouteTable for Names {
    fn pattern(&self, _route: usize) -> &'static str {
        "/pattern"
    }

    fn names(&self, _route: usize) -> &[Box<str>] {
        &self.0
    }
}

/// The head of a request whose route captured these values under these names.
fn captured(pairs: &[(&str, &str)]) -> Parts {
    let target: String = pairs.iter().flat_map(|(_, value)| ["/", value]).collect();
    let mut captures = Captures::new(PathAndQuery::try_from(format!("/{target}")).unwrap());
    let mut start = 1;
    for (_, value) in pairs {
        captures.push(start + 1, start + 1 + value.len());
        start += 1 + value.len();
    }
    let names = Names(pairs.iter().map(|(name, _)| (*name).into()).collect());
    let (mut parts, ()) = http::Request::new(()).into_parts();
    let route = RouteMatch::new(Arc::new(names), 0).with_captures(captures);
    RequestContext::of_mut(&mut parts.extensions).set_route(route);
    parts
}

async fn taken<T: DeserializeOwned>(pairs: &[(&str, &str)]) -> Result<T, Rejection> {
    captured(pairs).extract::<Path<T>>().await.map(|path| path.0)
}

async fn refused<T: DeserializeOwned>(pairs: &[(&str, &str)]) -> Problem {
    match taken::<T>(pairs).await {
        Ok(_) => panic!("{pairs:?} was taken"),
        Err(rejection) => rejection.into(),
    }
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Id(u64);

#[tokio::test]
async fn one_capture_as_one_value() {
    assert_eq!(taken::<u8>(&[("a", "255")]).await.unwrap(), 255);
    assert_eq!(taken::<u128>(&[("a", "340282366920938463463374607431768211455")]).await.unwrap(), u128::MAX);
    assert_eq!(taken::<i128>(&[("a", "-7")]).await.unwrap(), -7);
    assert_eq!(taken::<f64>(&[("a", "1.5")]).await.unwrap().to_bits(), 1.5f64.to_bits());
    assert!(taken::<bool>(&[("a", "true")]).await.unwrap());
    assert_eq!(taken::<char>(&[("a", "%C3%A9")]).await.unwrap(), 'é');
    assert_eq!(taken::<String>(&[("a", "x%2Fy+z%20")]).await.unwrap(), "x/y+z ");
    assert_eq!(taken::<Id>(&[("a", "7")]).await.unwrap(), Id(7));
    assert_eq!(taken::<Colour>(&[("a", "green")]).await.unwrap(), Colour::Green);
    assert_eq!(taken::<Option<u8>>(&[("a", "7")]).await.unwrap(), Some(7));
    assert_eq!(taken::<Option<u8>>(&[]).await.unwrap(), None);
    taken::<()>(&[("a", "7")]).await.unwrap();
}

#[tokio::test]
async fn captures_in_order_and_by_name() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Both {
        id: Id,
        colour: Option<Colour>,
        #[serde(default)]
        page: u8,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Pair(Colour, u8);

    let pairs = [("colour", "red"), ("id", "7")];
    assert_eq!(taken::<(Colour, Id)>(&pairs).await.unwrap(), (Colour::Red, Id(7)));
    assert_eq!(taken::<Pair>(&pairs).await.unwrap(), Pair(Colour::Red, 7));
    assert_eq!(taken::<[String; 2]>(&pairs).await.unwrap(), ["red", "7"]);
    assert_eq!(taken::<Both>(&pairs).await.unwrap(), Both { id: Id(7), colour: Some(Colour::Red), page: 0 });
    assert_eq!(taken::<Vec<String>>(&pairs).await.unwrap(), ["red", "7"]);
    let named = taken::<Vec<(String, String)>>(&pairs).await.unwrap();
    assert_eq!(named, [("colour".into(), "red".into()), ("id".into(), "7".into())]);
    let map = taken::<HashMap<String, String>>(&pairs).await.unwrap();
    assert_eq!((map.len(), &*map["id"]), (2, "7"));
    assert_eq!(taken::<serde_json::Value>(&pairs).await.unwrap(), json!({"colour": "red", "id": "7"}));
}

#[tokio::test]
async fn what_does_not_fit_is_422_with_its_name() {
    async fn fault<T: DeserializeOwned>(pairs: &[(&str, &str)]) -> serde_json::Value {
        let problem = refused::<T>(pairs).await;
        assert_eq!(problem.status(), 422);
        problem.extension("errors").unwrap().clone()
    }

    let number = r#"invalid value: string "x", expected u32"#;
    let of_id = json!([{"loc": ["path", "id"], "msg": number}]);
    assert_eq!(fault::<u32>(&[("id", "x")]).await, of_id);
    assert_eq!(fault::<(u8, u32)>(&[("a", "1"), ("id", "x")]).await, of_id);
    assert_eq!(fault::<HashMap<String, u32>>(&[("id", "x")]).await, of_id);
    assert_eq!(fault::<Vec<(String, u32)>>(&[("id", "x")]).await, of_id);
    assert_eq!(fault::<Vec<u32>>(&[("id", "x")]).await, of_id);
    assert_eq!(fault::<u8>(&[("a", "256")]).await[0]["msg"], r#"invalid value: string "256", expected u8"#);
    let unknown = "unknown variant `blue`, expected `red` or `green`";
    assert_eq!(fault::<Colour>(&[("c", "blue")]).await, json!([{"loc": ["path", "c"], "msg": unknown}]));
    for text in ["", "-1", "0x1", "1.0", "%20", "18446744073709551616"] {
        assert_eq!(fault::<u64>(&[("a", text)]).await[0]["loc"], json!(["path", "a"]), "{text}");
    }
    assert_eq!(fault::<bool>(&[("a", "yes")]).await[0]["loc"], json!(["path", "a"]));
    assert_eq!(fault::<char>(&[("a", "ab")]).await[0]["loc"], json!(["path", "a"]));
}

#[tokio::test]
async fn what_cannot_be_decoded_is_400_and_named() {
    for text in ["%ff", "%C3", "%", "%2", "%zz"] {
        for problem in [
            refused::<String>(&[("name", text)]).await,
            refused::<(String,)>(&[("name", text)]).await,
            refused::<HashMap<String, String>>(&[("name", text)]).await,
        ] {
            assert_eq!(problem.status(), 400, "{text}");
            assert!(problem.detail().unwrap().starts_with("The part `name` of the path "), "{text}");
            assert_eq!(problem.extension("errors").unwrap()[0]["loc"], json!(["path", "name"]));
        }
    }
}

#[tokio::test]
async fn what_the_route_can_never_fill_is_a_logged_500() {
    #[derive(Debug, Deserialize)]
    struct Other {
        #[allow(dead_code, reason = "never filled")]
        other: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    async fn cause<T: DeserializeOwned>(pairs: &[(&str, &str)]) -> String {
        let problem = refused::<T>(pairs).await;
        assert_eq!((problem.status().as_u16(), problem.detail()), (500, None));
        problem.cause().unwrap().to_string()
    }

    let pair = [("a", "1"), ("b", "2")];
    let count = "captures of the route `/pattern`: 2, and `Path` is to hold 3";
    assert_eq!(cause::<(u8, u8, u8)>(&pair).await, count);
    assert!(cause::<u8>(&pair).await.ends_with("hold 1"));
    assert!(cause::<u8>(&[]).await.contains("`/pattern`: 0"));
    assert!(cause::<Other>(&pair).await.contains("`other`"));
    assert!(cause::<Nothing>(&pair).await.contains("`a`"));
    assert!(cause::<HashMap<String, Vec<u8>>>(&pair).await.contains("a list of one capture"));
    assert!(cause::<HashMap<String, (u8, u8)>>(&pair).await.contains("a tuple"));
    assert!(cause::<Vec<HashMap<String, u8>>>(&pair).await.contains("a map"));
    assert!(cause::<(Other, Other)>(&pair).await.contains("a struct"));
    assert!(cause::<Vec<(u8, u8, u8)>>(&pair).await.contains("a tuple"));
}

#[tokio::test]
async fn without_captures_or_a_route_an_option_is_none() {
    assert!(captured(&[]).extract::<Option<Path<u8>>>().await.unwrap().is_none());
    assert_eq!(captured(&[("a", "1")]).extract::<Option<Path<u8>>>().await.unwrap(), Some(Path(1)));
    assert!(captured(&[("a", "x")]).extract::<Option<Path<u8>>>().await.unwrap_err().is_shape());
    let (mut parts, ()) = http::Request::new(()).into_parts();
    assert!(parts.extract::<Option<Path<u8>>>().await.unwrap().is_none());
    assert!(parts.extract::<Path<u8>>().await.unwrap_err().is_misuse());
}
