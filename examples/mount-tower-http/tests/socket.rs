//! Every layer does what it is there for.

#[path = "../../running.rs"]
mod running;

use std::time::{Duration, Instant};

use running::Running;

fn start() -> Running {
    Running::start(env!("CARGO_BIN_EXE_example-mount-tower-http"), &[])
}

#[test]
fn answers_are_compressed_for_those_who_can() {
    let example = start();
    let plain = example.send(&["GET /words"], "");
    assert!(plain.body.len() > 30_000 && !plain.head.contains("content-encoding"), "{}", plain.head);
    let packed = example.send(&["GET /words", "Accept-Encoding: gzip"], "");
    assert!(packed.body.len() < 3000 && packed.head.contains("content-encoding: gzip"), "{}", packed.head);
}

#[test]
fn a_slow_handler_is_given_up() {
    let (example, started) = (start(), Instant::now());
    assert_eq!(example.send(&["GET /slow"], "").status, 504);
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[test]
fn fields_are_added_to_every_answer() {
    let example = start();
    let origin = "Origin: https://example.com";
    for path in ["GET /words", "GET /nothing", "DELETE /words"] {
        let head = example.send(&[path, origin], "").head;
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
        assert!(head.contains("access-control-allow-origin: https://example.com"), "{head}");
    }
    let asking = ["OPTIONS /words", origin, "Access-Control-Request-Method: GET"];
    let preflight = example.send(&asking, "");
    assert_eq!(preflight.status, 200);
    assert!(preflight.head.contains("access-control-allow-methods: get"), "{}", preflight.head);
}
