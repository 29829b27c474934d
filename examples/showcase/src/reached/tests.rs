use serde_json::Value;

use crate::client;

#[tokio::test]
async fn a_request_without_a_connection_is_told_as_such() {
    let reached: Value = client().get("/api/reached").send().await.json().await;
    assert_eq!((&reached["protocol"], &reached["tls"]), (&"HTTP/1.1".into(), &Value::Null));
    assert!(reached["uptime"].as_f64().unwrap() >= 0.0);
}

#[tokio::test]
async fn limits_are_told_with_who_set_them() {
    let reached: Value = client().get("/api/reached").send().await.json().await;
    let limits = reached["limits"].as_array().unwrap();
    assert_eq!(limits.len(), super::SHOWN.len());
    let head = &limits[0];
    assert_eq!(
        (&head["name"], &head["value"], &head["origin"]),
        (&"head_timeout".into(), &"10s".into(), &"default".into())
    );

    let in_force = super::InForce::default();
    in_force.know(&hyperserve::Config::new().with("head_timeout", "3s"));
    assert_eq!((in_force.limits()[0].value.as_str(), in_force.limits()[0].origin.as_str()), ("3s", "code"));
}
