use std::collections::HashSet;

use hyperserve::testing::TestResponse;
use serde_json::Value;

use super::*;
use crate::client;

fn field<'a>(response: &'a TestResponse, name: &str) -> &'a str {
    response.header(name).unwrap_or_else(|| panic!("no {name}"))
}

#[tokio::test]
async fn forty_at_once_meet_the_limiter() {
    let client = client();
    let mut passed = 0;
    for _ in 0..40 {
        let answer = client.get("/api/hammer").send().await;
        assert_eq!(field(&answer, "ratelimit-policy"), "\"burst\";q=10;w=2, \"minute\";q=20;w=60");
        assert_eq!(field(&answer, "x-request-id").len(), 36);
        if answer.status() == 204 {
            passed += 1;
            continue;
        }
        assert_eq!(answer.status(), 429);
        assert_eq!(field(&answer, "retry-after"), "1");
        assert!(field(&answer, "ratelimit").starts_with("\"burst\";r=0;t=1, \"minute\";r="));
        let problem: Value = answer.json().await;
        assert_eq!(problem["violated-policies"], serde_json::json!(["burst"]));
    }
    // What comes back meanwhile, on a slow machine.
    assert!((10..20).contains(&passed), "{passed}");
    assert_eq!(client.get("/api/ping").send().await.status(), 204, "other routes have another gate");
}

#[tokio::test]
async fn every_answer_says_its_id_and_its_timing() {
    let (client, mut ids) = (client(), HashSet::new());
    for path in ["/", "/page.css", "/api/todos", "/api/todos?done=maybe", "/nothing", "/api/hammer"] {
        let answer = client.get(path).header("x-request-id", "mine").send().await;
        assert!(ids.insert(field(&answer, "x-request-id").to_owned()), "{path}");
        let took = field(&answer, "server-timing").strip_prefix("app;dur=").unwrap();
        assert!(took.parse::<f64>().unwrap() >= 0.0, "{path}: {took}");
    }
    assert!(!ids.contains("mine"));
}

#[tokio::test]
async fn the_page_lists_the_layers_from_the_outside() {
    let names = stack(&metrics().unwrap()).unwrap().names();
    assert_eq!(names[..3], ["trace_context", "request_id", "metrics"]);
    let page = client().get("/").send().await.text().await;
    let list: String = names.iter().map(|name| format!("<li>{name}</li>")).collect();
    assert!(page.contains(&list), "{list}");
}

#[tokio::test]
async fn a_page_of_another_site_may_not_write() {
    let post = client().post("/api/todos").header("sec-fetch-site", "cross-site");
    assert_eq!(post.json(&serde_json::json!({"title": "x"})).send().await.status(), 403);
}
