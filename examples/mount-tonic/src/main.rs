//! A gRPC service of tonic beside a page, on one port. Try: `cargo run -p example-mount-tonic`, then
//! `grpcurl -plaintext -proto examples/mount-tonic/greeter.proto -d '{"name": "you"}' 127.0.0.1:8080 example.Greeter/SayHello`.

mod greeter;

use hyperserve::prelude::*;
use hyperserve::router::post_service;

use self::greeter::{Greeter, GreeterServer, HelloReply, HelloRequest};

#[derive(Debug)]
struct English;

impl Greeter for English {
    async fn say_hello(
        &self,
        request: tonic::Request<HelloRequest>,
    ) -> Result<tonic::Response<HelloReply>, tonic::Status> {
        let name = request.into_inner().name;
        if name.is_empty() {
            return Err(tonic::Status::invalid_argument("a name is needed"));
        }
        Ok(tonic::Response::new(HelloReply { message: format!("Hello, {name}!") }))
    }
}

/// A gRPC client asks for `/package.Service/Method`, and the service wants to see all of that: a route hands it over as it
/// is. `mount` takes a prefix away, which fits clients whose origin has a path of its own, such as `http://host/grpc`.
fn app() -> App {
    let greeter = GreeterServer::new(English);
    App::new()
        .route("/", get(async || "Ask me by gRPC.\n"))
        .route("/example.Greeter/{*method}", post_service(greeter.clone()))
        .mount("/grpc", greeter)
}

fn main() -> std::process::ExitCode {
    app().run_cli()
}
