//! [`Shell`]: between a webview, which asks and wants whole answers, and an app.

use hyperserve::AppService;
use hyperserve::prelude::*;
use std::error::Error;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// An app on a runtime of its own.
#[derive(Debug)]
pub(crate) struct Shell {
    runtime: Runtime,
    app: AppService,
}

impl Shell {
    pub(crate) fn new(app: App) -> Result<Self, Box<dyn Error>> {
        Ok(Self { runtime: Runtime::new()?, app: app.into_service()? })
    }

    /// What wry's `with_custom_protocol` calls with a request, and waits for.
    pub(crate) fn respond(&self, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        self.runtime.block_on(answer(self.app.clone(), request))
    }

    /// What wry's `with_asynchronous_custom_protocol` and Tauri's `register_asynchronous_uri_scheme_protocol` call: the
    /// window stays alive meanwhile. `reply` is their responder.
    pub(crate) fn respond_later(
        &self,
        request: http::Request<Vec<u8>>,
        reply: impl FnOnce(http::Response<Vec<u8>>) + Send + 'static,
    ) {
        let answer = answer(self.app.clone(), request);
        self.runtime.spawn(async move { reply(answer.await) });
    }
}

async fn answer(app: AppService, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
    let Ok(response) = app.oneshot(request.map(Body::from)).await;
    let (head, body) = response.into_parts();
    match body.collect(usize::MAX).await {
        Ok(body) => http::Response::from_parts(head, body.into()),
        Err(error) => {
            let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error);
            problem.into_response().map(|body| body.as_bytes().map_or_else(Vec::new, |bytes| bytes.to_vec()))
        }
    }
}
