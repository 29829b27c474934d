//! Proves that the suite can fail: each way of being wrong turns cases red that are green without it.

use hyperserve_tests::{
    Fault, Program, Suite, Verdict,
    app::{self, Variant},
    cases_folder,
};

/// A few cases of many kinds; the whole suite would prove no more.
const CASES: [&str; 8] = [
    "origin-form",
    "host-missing",
    "length-echo",
    "te-chunked",
    "close-asked",
    "head-known-length",
    "not-found",
    "sixteen",
];

fn program() -> Program {
    Program::executable(env!("CARGO_BIN_EXE_conformance-app"))
}

async fn run(program: &Program) -> Result<Vec<Verdict>, Fault> {
    let suite = Suite::load(&cases_folder())?.select(|case| CASES.contains(&case.id.as_str()));
    assert_eq!(suite.names().count(), CASES.len());
    Ok(suite.run(program).await)
}

/// A few cases of WebSocket, of each kind that a mutation can spoil.
const SOCKETS: [&str; 6] =
    ["ws-handshake", "ws-text", "ws-binary", "ws-ping", "ws-app-closes", "ws-deflate-long-message"];

/// The same for these.
async fn wants_red_sockets(mutation: Option<&str>, red: &[&str]) -> Result<(), Fault> {
    let suite = Suite::load(&cases_folder())?.select(|case| SOCKETS.contains(&case.id.as_str()));
    assert_eq!(suite.names().count(), SOCKETS.len());
    let program = mutation
        .into_iter()
        .fold(program(), |program, kind| program.with_argument("--mutate").with_argument(kind));
    let verdicts = suite.run(&program).await;
    assert_red(mutation.unwrap_or("no fault"), &verdicts, red);
    let found = verdicts.iter().filter(|verdict| verdict.failure.is_some()).count();
    assert_eq!(found, red.len(), "{mutation:?} should turn {red:?} red and no other");
    Ok(())
}

/// Runs the app with one fault, and wants the cases `red` at least.
async fn wants_red(mutation: &str, red: &[&str]) -> Result<(), Fault> {
    let verdicts = run(&program().with_argument("--mutate").with_argument(mutation)).await?;
    assert_red(mutation, &verdicts, red);
    Ok(())
}

fn assert_red(mutation: &str, verdicts: &[Verdict], red: &[&str]) {
    let found: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.failure.is_some())
        .filter_map(|verdict| verdict.name.split_once("::"))
        .map(|(_, id)| id)
        .collect();
    for id in red {
        assert!(found.contains(id), "{mutation} should turn {id} red, and turned {found:?}");
    }
}

/// A few of the cases that are played without a socket.
const IN_PROCESS: [&str; 5] = ["capture", "options-automatic", "json-missing", "json-head", "sse-format"];

/// The same for the cases that are played in process.
async fn wants_red_in_process(mutation: &str, red: &[&str]) -> Result<(), Fault> {
    let suite = Suite::load(&cases_folder())?.in_process();
    let suite = suite.select(|case| IN_PROCESS.contains(&case.id.as_str()));
    assert_eq!(suite.names().count(), IN_PROCESS.len());
    let kind = mutation.parse().map_err(|error: String| Fault::new(error))?;
    let variant = Variant::default().with_mutation(Some(kind));
    let verdicts = suite.run_in_process(|settings| app::service(variant, settings)).await;
    assert_red(mutation, &verdicts, red);
    Ok(())
}

#[tokio::test]
async fn without_a_fault_these_cases_are_green() -> Result<(), Fault> {
    for verdict in run(&program()).await? {
        assert_eq!(verdict.failure, None, "{}", verdict.name);
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_status_is_seen() -> Result<(), Fault> {
    wants_red("wrong-status", &["origin-form", "length-echo", "close-asked", "head-known-length", "sixteen"])
        .await
}

#[tokio::test]
async fn a_missing_field_is_seen() -> Result<(), Fault> {
    wants_red("missing-header", &["length-echo", "head-known-length", "not-found"]).await
}

#[tokio::test]
async fn a_body_that_hangs_is_seen() -> Result<(), Fault> {
    wants_red("hanging-body", &["origin-form", "length-echo", "te-chunked", "not-found", "sixteen"]).await
}

#[tokio::test]
async fn a_wrong_body_is_seen() -> Result<(), Fault> {
    wants_red("wrong-body", &["origin-form", "length-echo", "te-chunked", "not-found", "sixteen"]).await
}

#[tokio::test]
async fn a_byte_too_many_is_seen() -> Result<(), Fault> {
    wants_red("extra-bytes", &["origin-form", "host-missing", "close-asked", "head-known-length"]).await
}

#[tokio::test]
async fn an_end_that_does_not_come_is_seen() -> Result<(), Fault> {
    wants_red("no-close", &["host-missing", "close-asked"]).await
}

#[tokio::test]
async fn a_wrong_status_is_seen_in_process() -> Result<(), Fault> {
    wants_red_in_process("wrong-status", &["capture", "sse-format"]).await
}

#[tokio::test]
async fn a_missing_field_is_seen_in_process() -> Result<(), Fault> {
    wants_red_in_process("missing-header", &["json-missing", "options-automatic"]).await
}

#[tokio::test]
async fn a_wrong_body_is_seen_in_process() -> Result<(), Fault> {
    wants_red_in_process("wrong-body", &["capture", "json-missing"]).await
}

#[tokio::test]
async fn a_body_that_hangs_is_seen_in_process() -> Result<(), Fault> {
    wants_red_in_process("hanging-body", &["capture"]).await
}

#[tokio::test]
async fn without_a_fault_sockets_are_green() -> Result<(), Fault> {
    wants_red_sockets(None, &[]).await
}

#[tokio::test]
async fn a_wrong_handshake_is_seen() -> Result<(), Fault> {
    wants_red_sockets(Some("wrong-accept"), &SOCKETS).await
}

#[tokio::test]
async fn a_wrong_message_is_seen() -> Result<(), Fault> {
    wants_red_sockets(Some("wrong-message"), &["ws-text", "ws-binary", "ws-deflate-long-message"]).await
}

#[tokio::test]
async fn a_message_of_another_kind_is_seen() -> Result<(), Fault> {
    wants_red_sockets(Some("wrong-kind"), &["ws-text", "ws-deflate-long-message"]).await
}

#[tokio::test]
async fn a_wrong_close_code_is_seen() -> Result<(), Fault> {
    wants_red_sockets(Some("wrong-close"), &["ws-app-closes"]).await
}

#[tokio::test]
async fn bytes_that_are_no_frame_are_seen() -> Result<(), Fault> {
    wants_red_sockets(Some("extra-bytes"), &SOCKETS).await
}

#[tokio::test]
async fn a_socket_that_does_not_end_is_seen() -> Result<(), Fault> {
    wants_red_sockets(Some("no-close"), &["ws-app-closes"]).await
}
