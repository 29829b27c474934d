//! Plays a case without a socket: its requests are handed to a service of this process, one after the other, and the
//! answers are judged as if they had come over the wire.
//!
//! What is of the connection (how it ends, how bytes are cut) has no meaning here and is not looked at; which cases are
//! eligible is written in their files.

mod answer;
mod request;

use std::{convert::Infallible, future::poll_fn, time::Duration};

use hyperserve_core::{Body, Request, Response};
use tokio::time::timeout;
use tower_service::Service;

use crate::{Answer, Case, Fault, Step, judge};

/// How long one answer may take, its content included.
const PATIENCE: Duration = Duration::from_secs(8);

/// What cases are played against: an app as a tower service.
pub trait InProcess: Service<Request<Body>, Response = Response<Body>, Error = Infallible> {}

impl<S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>> InProcess for S {}

/// # Errors
/// What is wrong, with the rule.
pub(crate) async fn play(case: &Case, service: &mut impl InProcess) -> Result<(), Fault> {
    let sent = sent(case);
    let told =
        |fault: Fault| Fault::new(format!("{fault}\n  rule: {} ({})", case.title, case.rfc.join(", ")));
    let requests = request::read_all(&sent).map_err(told)?;
    let wanted = case.expected();
    if requests.len() != wanted.len() {
        return Err(told(Fault::new(format!("{} requests and {} answers", requests.len(), wanted.len()))));
    }
    let mut answers = Vec::new();
    for (index, (request, wish)) in requests.into_iter().zip(&wanted).enumerate() {
        let judged = timeout(PATIENCE, exchange(request, wish, service)).await;
        let late = || Err(Fault::new(format!("not complete within {PATIENCE:?}")));
        let answer = judged
            .unwrap_or_else(|_| late())
            .map_err(|fault| told(Fault::new(format!("answer {}: {fault}", index + 1))))?;
        answers.push(answer);
    }
    judge::distinct(&case.distinct, &answers).map_err(told)
}

/// All bytes of the case's steps.
fn sent(case: &Case) -> Vec<u8> {
    let sends = case.script().into_iter().filter_map(|step| match step {
        Step::Send(bytes) => Some(bytes.0),
        _ => None,
    });
    sends.collect::<Vec<_>>().concat()
}

async fn exchange(
    request: Request,
    wish: &Answer,
    service: &mut impl InProcess,
) -> Result<crate::Response, Fault> {
    let method = request.method().clone();
    poll_fn(|context| service.poll_ready(context)).await.unwrap_or_else(|never| match never {});
    let response = service.call(request).await.unwrap_or_else(|never| match never {});
    let got = answer::read(response, &method).await?;
    if got.broken != wish.truncated {
        return Err(Fault::new(format!("content breaks off: {}; it should: {}", got.broken, wish.truncated)));
    }
    judge::answer(wish, &got.response)?;
    Ok(got.response)
}
