//! Logging in with a form: the password is checked, the browser remembered, and no other site can send the form. Try:
//! `cargo run -p example-login`, open <http://127.0.0.1:8080>, and log in as `ada` with `open sesame`.

use hyperserve::middleware::auth::{BasicAuth, Users};
use hyperserve::middleware::sessions::{MemoryStore, Session, SessionConfig, SessionError, SessionLayer};
use hyperserve::prelude::*;
use serde::Deserialize;

/// As `htpasswd -nB ada` writes it; a program of yours reads a file.
const USERS: &str = "ada:$2b$10$LEavAbyTH6QUphf7Ww9QKu8KNz.MNfd0fAYE2QnI5Zk/8O4xEH6Yu";

const FORM: &str = "<!doctype html><title>Log in</title><form method=post action=/login><label>Name <input name=name></label> \
    <label>Password <input name=password type=password></label> <button>Log in</button></form>";

const ROOM: &str = "<!doctype html><title>Welcome</title><p>You are logged in.</p>\
    <form method=post action=/logout><button>Log out</button></form>";

#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

async fn page(session: Session) -> Result<Html<&'static str>, SessionError> {
    Ok(Html(if session.principal().await?.is_some() { ROOM } else { FORM }))
}

async fn log_in(
    State(users): State<BasicAuth>,
    session: Session,
    Form(login): Form<Login>,
) -> Result<Redirect, Problem> {
    match users.verify(&login.name, &login.password).await {
        Ok(user) => session.log_in(&user).await?,
        // 403: a 401 would have the browser ask in a window of its own.
        Err(refusal) if refusal.status() == StatusCode::UNAUTHORIZED => {
            return Err(Problem::new(StatusCode::FORBIDDEN).with_detail("The name or the password is wrong."));
        }
        Err(refusal) => return Err(Problem::new(refusal.status())),
    }
    Ok(Redirect::to("/"))
}

async fn log_out(session: Session) -> Result<Redirect, SessionError> {
    session.log_out().await?;
    Ok(Redirect::to("/"))
}

fn app() -> Result<App<BasicAuth>, Box<dyn std::error::Error>> {
    let users = BasicAuth::new(Users::parse_htpasswd(USERS)?);
    let sessions = SessionLayer::with_store(MemoryStore::new(), &SessionConfig::new())?;
    Ok(App::with_state(users)
        .route("/", get(page))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .layer(sessions)
        .layer(Stack::secure_web()))
}

fn main() -> Result<std::process::ExitCode, Box<dyn std::error::Error>> {
    Ok(app()?.run_cli())
}
