//! The smallest app. Try: `cargo run -p example-hello`, then `curl http://127.0.0.1:8080/hello/you`.

use hyperserve::prelude::*;

async fn greet(Path(name): Path<String>) -> String {
    format!("Hello, {name}!\n")
}

fn main() -> std::process::ExitCode {
    App::new().route("/", get(async || "Hello, World!\n")).route("/hello/{name}", get(greet)).run_cli()
}
