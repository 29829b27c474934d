//! CORS over a real socket: what a browser would see.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod wire;

use hyperserve_core::Request;
use hyperserve_middleware::cors::CorsConfig;
use hyperserve_server::app_fn;
use tower_layer::Layer as _;
use wire::answers;

#[test]
fn preflights_and_what_follows_them() {
    let cors =
        CorsConfig::new().with_origins(["https://*.a.example"]).with_credentials(true).build().unwrap();
    let app = cors.layer(app_fn(async |request: Request| request.method().to_string()));
    let [allowed, refused, options, read, other, bare] = answers(
        app,
        [
            "OPTIONS / HTTP/1.1|Host: h|Origin: https://x.a.example|Access-Control-Request-Method: PUT",
            "OPTIONS / HTTP/1.1|Host: h|Origin: https://evil.example|Access-Control-Request-Method: PUT|Accept: text/plain",
            "OPTIONS / HTTP/1.1|Host: h",
            "PUT / HTTP/1.1|Host: h|Origin: https://x.a.example|Content-Length: 0",
            "GET / HTTP/1.1|Host: h|Origin: https://evil.example",
            "GET / HTTP/1.1|Host: h",
        ],
    );
    assert!(allowed.starts_with("HTTP/1.1 204 ") && !allowed.contains("content-length"), "{allowed}");
    for line in [
        "access-control-allow-origin: https://x.a.example\r\n",
        "access-control-allow-credentials: true\r\n",
        "access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE\r\n",
        "access-control-allow-headers: Authorization, Content-Type\r\n",
        "access-control-max-age: 600\r\n",
        "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n",
    ] {
        assert!(allowed.contains(line), "{line} {allowed}");
    }
    assert!(refused.starts_with("HTTP/1.1 403 ") && !refused.contains("access-control-allow"), "{refused}");
    assert!(
        refused.contains("content-type: text/plain") && refused.contains("Pages of this origin"),
        "{refused}"
    );
    assert!(options.starts_with("HTTP/1.1 200 ") && options.ends_with("OPTIONS"), "{options}");
    assert!(
        read.contains("access-control-allow-origin: https://x.a.example\r\n") && read.ends_with("PUT"),
        "{read}"
    );
    for answer in [other, bare] {
        assert!(!answer.contains("access-control") && answer.contains("vary: Origin\r\n"), "{answer}");
    }
}
