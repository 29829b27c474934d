//! Callers are known, kept to what they may, and told how much is left.

#[path = "../../running.rs"]
mod running;

use running::Running;

const READER: &str = "X-API-Key: reader-2f6c0e91b7";
const WRITER: &str = "X-API-Key: writer-8d41a7c3f5";

fn start() -> Running {
    // Ports of their own are not needed here, and might be taken.
    Running::start(
        env!("CARGO_BIN_EXE_example-secure-api"),
        &["--set", "metrics=off", "--set", "health_listen=off"],
    )
}

#[test]
fn a_caller_is_known_by_a_key_and_kept_to_its_scopes() {
    let example = start();
    let nobody = example.send(&["GET /stock"], "");
    assert_eq!(
        (nobody.status, nobody.head.contains("www-authenticate: apikey")),
        (401, true),
        "{}",
        nobody.head
    );
    assert_eq!(example.send(&["GET /stock", "X-API-Key: reader-0000000000"], "").status, 401);
    assert_eq!(example.send(&["GET /stock", READER], "").text(), r#"["reader",12]"#);
    assert_eq!(example.send(&["POST /stock/take", READER], "").status, 403);
    assert_eq!(example.send(&["POST /stock/take", WRITER], "").text(), "11");
}

#[test]
fn each_caller_has_a_quota_and_is_told_of_it() {
    let example = start();
    let first = example.send(&["GET /stock", READER], "");
    for field in
        ["ratelimit-policy: \"program\";q=10;w=2", "x-request-id: ", "x-content-type-options: nosniff"]
    {
        assert!(first.head.contains(field), "{field}: {}", first.head);
    }
    let refused =
        (0..40).map(|_| example.send(&["GET /stock", READER], "")).find(|answer| answer.status == 429);
    let refused = refused.expect("a quota that ends");
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    assert_eq!(example.send(&["GET /stock", WRITER], "").status, 200);
}
