//! tonic's own client is answered, at a route and at a mount, over HTTP/2 by prior knowledge.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../src/greeter.rs"]
#[allow(dead_code, reason = "the test is a client")]
mod greeter;
#[path = "../../running.rs"]
mod running;

use greeter::{HelloReply, HelloRequest};
use http::uri::PathAndQuery;
use running::Running;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

struct Client {
    grpc: Grpc<Channel>,
}

impl Client {
    /// `prefix` is the path of the client's origin.
    async fn connect(example: &Running, prefix: &str) -> Self {
        let origin = format!("http://{}{prefix}", example.address());
        let endpoint = Endpoint::from_shared(origin.clone()).unwrap();
        let origin: Uri = origin.parse().unwrap();
        Self { grpc: Grpc::with_origin(endpoint.connect().await.unwrap(), origin) }
    }

    async fn call(&mut self, path: &'static str, name: &str) -> Result<String, Status> {
        self.grpc.ready().await.unwrap();
        let codec: ProstCodec<HelloRequest, HelloReply> = ProstCodec::default();
        let request = Request::new(HelloRequest { name: name.to_owned() });
        let reply = self.grpc.unary(request, PathAndQuery::from_static(path), codec).await?;
        Ok(reply.into_inner().message)
    }
}

const SAY_HELLO: &str = "/example.Greeter/SayHello";

fn start() -> Running {
    Running::start(env!("CARGO_BIN_EXE_example-mount-tonic"), &[])
}

#[tokio::test]
async fn a_call_is_answered() {
    let example = start();
    for prefix in ["", "/grpc"] {
        let mut client = Client::connect(&example, prefix).await;
        assert_eq!(client.call(SAY_HELLO, "you").await.unwrap(), "Hello, you!", "{prefix}");
    }
    assert_eq!(example.send(&["GET /"], "").text(), "Ask me by gRPC.\n");
}

#[tokio::test]
async fn errors_come_as_grpc_has_them() {
    let example = start();
    let mut client = Client::connect(&example, "").await;
    let refused = client.call(SAY_HELLO, "").await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::InvalidArgument, "a name is needed"));
    let unknown = client.call("/example.Greeter/Wave", "you").await.unwrap_err();
    assert_eq!(unknown.code(), Code::Unimplemented);
}
