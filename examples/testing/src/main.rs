//! Runs the app. Try: `cargo run -p example-testing`, then
//! `curl http://127.0.0.1:8080/add --json '{"a": 1, "b": 2}'`.

fn main() -> std::process::ExitCode {
    example_testing::app().run_cli()
}
