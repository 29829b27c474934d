//! What tonic's generator makes of `greeter.proto`, written by hand, so that the example is built without `protoc`.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use tonic::codegen::{Body, BoxFuture, Context, Poll, Service, StdError, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct HelloRequest {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct HelloReply {
    #[prost(string, tag = "1")]
    pub(crate) message: String,
}

pub(crate) trait Greeter: Send + Sync + 'static {
    fn say_hello(
        &self,
        request: Request<HelloRequest>,
    ) -> impl Future<Output = Result<Response<HelloReply>, Status>> + Send;
}

#[derive(Debug)]
pub(crate) struct GreeterServer<T> {
    greeter: Arc<T>,
}

impl<T> GreeterServer<T> {
    pub(crate) fn new(greeter: T) -> Self {
        Self { greeter: Arc::new(greeter) }
    }
}

impl<T> Clone for GreeterServer<T> {
    fn clone(&self) -> Self {
        Self { greeter: Arc::clone(&self.greeter) }
    }
}

impl<T> NamedService for GreeterServer<T> {
    const NAME: &'static str = "example.Greeter";
}

impl<T, B> Service<http::Request<B>> for GreeterServer<T>
where
    T: Greeter,
    B: Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let method = SayHello(Arc::clone(&self.greeter));
        Box::pin(async move {
            Ok(match request.uri().path() {
                "/example.Greeter/SayHello" => Grpc::new(ProstCodec::default()).unary(method, request).await,
                _ => Status::unimplemented("there is no such method").into_http(),
            })
        })
    }
}

struct SayHello<T>(Arc<T>);

impl<T: Greeter> UnaryService<HelloRequest> for SayHello<T> {
    type Response = HelloReply;
    type Future = BoxFuture<Response<HelloReply>, Status>;

    fn call(&mut self, request: Request<HelloRequest>) -> Self::Future {
        let greeter = Arc::clone(&self.0);
        Box::pin(async move { greeter.say_hello(request).await })
    }
}
