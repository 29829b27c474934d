//! Sessions over real sockets: what a browser sees of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod identity;

use std::time::Duration;

use hyperserve_core::{IntoResponse as _, Request, RequestExt as _, Response};
use hyperserve_middleware::sessions::{
    MemoryStore, SecureCookie, Session, SessionConfig, SessionError, SessionKey, SessionLayer,
};
use hyperserve_server::{App, app_fn};
use identity::{ask, served};
use tower_layer::Layer as _;

async fn act(path: &str, query: &str, session: &Session) -> Result<String, SessionError> {
    match path {
        "/get" => return Ok(session.get::<String>("a").await?.unwrap_or_else(|| "nothing".to_owned())),
        "/set" => session.insert("a", query).await?,
        "/fill" => session.insert("a", "x".repeat(query.parse().unwrap())).await?,
        "/remove" => drop(session.remove("a").await?),
        "/renew" => session.renew().await?,
        "/destroy" => session.destroy().await?,
        "/number" => return Ok(session.get::<u32>("a").await?.unwrap_or_default().to_string()),
        _ => {}
    }
    Ok("done".to_owned())
}

async fn answer(request: Request) -> Response {
    let (path, query) =
        (request.uri().path().to_owned(), request.uri().query().unwrap_or_default().to_owned());
    match request.extract::<Session, _>().await {
        Ok(session) => act(&path, &query, &session).await.into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn app(layer: &SessionLayer) -> impl App + use<> {
    layer.layer(app_fn(answer))
}

fn both(config: &SessionConfig) -> [SessionLayer; 3] {
    let keys = || [SessionKey::from_bytes([7; 32]).unwrap()];
    [
        SessionLayer::with_store(MemoryStore::new(), config).unwrap(),
        SessionLayer::with_cookie(keys(), config).unwrap(),
        SessionLayer::with_signed_cookie(keys(), config).unwrap(),
    ]
}

#[test]
fn a_session_goes_along_from_request_to_request() {
    for layer in both(&SessionConfig::new()) {
        served(app(&layer), async |address| {
            let set = ask(address, "/set?one", &[]).await;
            let (cookie, attributes) = (set.cookie(), "; HttpOnly; SameSite=Lax; Path=/");
            assert!(
                cookie.starts_with("session=") && set.header("set-cookie").unwrap().ends_with(attributes)
            );
            assert_eq!((set.header("vary"), set.header("cache-control")), (Some("cookie"), Some("private")));
            let got = ask(address, "/get", &[("cookie", &cookie)]).await;
            assert_eq!(
                (&*got.body, got.header("set-cookie"), got.header("vary")),
                ("one", None, Some("cookie"))
            );
            assert_eq!(got.header("cache-control"), None);
        });
    }
}

#[test]
fn a_session_that_nobody_touches_leaves_no_trace() {
    for layer in both(&SessionConfig::new()) {
        served(app(&layer), async |address| {
            for (target, cookie) in [("/", "x=1"), ("/", "session=nonsense"), ("/get", "x=1")] {
                let answer = ask(address, target, &[("cookie", cookie)]).await;
                assert_eq!(answer.header("set-cookie"), None, "{target}");
                assert_eq!(answer.header("vary").is_some(), target == "/get");
            }
            for target in ["/remove", "/renew", "/destroy"] {
                let answer = ask(address, target, &[]).await;
                assert_eq!(
                    (answer.status, answer.header("set-cookie")),
                    (200, None),
                    "{target} of no session"
                );
            }
        });
    }
}

#[test]
fn ids_that_a_client_makes_up_are_not_taken_over() {
    let layer = SessionLayer::with_store(MemoryStore::new(), &SessionConfig::new()).unwrap();
    served(app(&layer), async |address| {
        for made_up in ["AAAAAAAAAAAAAAAAAAAAAA", "", "x", &"A".repeat(5000)] {
            let set = ask(address, "/set?one", &[("cookie", &format!("session={made_up}"))]).await;
            assert_eq!(set.status, 200);
            assert_ne!(set.cookie(), format!("session={made_up}"));
        }
    });
}

#[test]
fn renewed_sessions_have_another_cookie_and_the_old_one_is_good_for_nothing() {
    let layer = SessionLayer::with_store(MemoryStore::new(), &SessionConfig::new()).unwrap();
    served(app(&layer), async |address| {
        let old = ask(address, "/set?one", &[]).await.cookie();
        let new = ask(address, "/renew", &[("cookie", &old)]).await.cookie();
        assert_ne!(old, new);
        assert_eq!(ask(address, "/get", &[("cookie", &new)]).await.body, "one");
        assert_eq!(ask(address, "/get", &[("cookie", &old)]).await.body, "nothing");
    });
}

#[test]
fn destroyed_and_emptied_sessions_are_gone() {
    for target in ["/destroy", "/remove"] {
        for layer in both(&SessionConfig::new()) {
            served(app(&layer), async |address| {
                let cookie = ask(address, "/set?one", &[]).await.cookie();
                let gone = ask(address, target, &[("cookie", &cookie)]).await;
                let removed = "session=; Max-Age=0; HttpOnly; SameSite=Lax; Path=/";
                assert_eq!(gone.header("set-cookie"), Some(removed));
            });
        }
        let layer = SessionLayer::with_store(MemoryStore::new(), &SessionConfig::new()).unwrap();
        served(app(&layer), async |address| {
            let cookie = ask(address, "/set?one", &[]).await.cookie();
            ask(address, target, &[("cookie", &cookie)]).await;
            assert_eq!(ask(address, "/get", &[("cookie", &cookie)]).await.body, "nothing");
        });
    }
}

#[test]
fn over_tls_the_cookie_is_of_this_host_alone() {
    for layer in both(&SessionConfig::new().with_secure(SecureCookie::Always).with_persistent(true)) {
        served(app(&layer), async |address| {
            let set = ask(address, "/set?one", &[]).await;
            let value = set.header("set-cookie").unwrap();
            assert!(value.starts_with("__Host-session="), "{value}");
            assert!(value.ends_with("; Max-Age=7200; HttpOnly; Secure; SameSite=Lax; Path=/"), "{value}");
            let cookie = set.cookie();
            assert_eq!(ask(address, "/get", &[("cookie", &cookie)]).await.body, "one");
            let plain = cookie.replace("__Host-", "");
            assert_eq!(ask(address, "/get", &[("cookie", &plain)]).await.body, "nothing", "tossed over HTTP");
        });
    }
}

/// Asks three times within the time, and once after it.
fn lives(layer: &SessionLayer) -> bool {
    served(app(layer), async |address| {
        let mut cookie = ask(address, "/set?one", &[]).await.cookie();
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            let answer = ask(address, "/get", &[("cookie", &cookie)]).await;
            if answer.header("set-cookie").is_some() {
                cookie = answer.cookie();
            }
        }
        let lives = ask(address, "/get", &[("cookie", &cookie)]).await.body == "one";
        tokio::time::sleep(Duration::from_millis(4100)).await;
        assert_eq!(ask(address, "/get", &[("cookie", &cookie)]).await.body, "nothing");
        lives
    })
}

#[test]
fn sessions_end_when_idle_and_in_any_case() {
    let four = Duration::from_secs(4);
    let idle = SessionConfig::new().with_idle(four);
    let absolute = idle.clone().with_absolute(four);
    std::thread::scope(|scope| {
        for (config, lived) in [(idle, true), (absolute, false)] {
            for layer in both(&config) {
                scope.spawn(move || assert_eq!(lives(&layer), lived, "{layer:?}"));
            }
        }
    });
}

#[test]
fn a_cookie_holds_four_kilobytes_and_the_rest_is_an_error_that_changes_nothing() {
    let [store, private, signed] = both(&SessionConfig::new());
    for layer in [private, signed] {
        served(app(&layer), async |address| {
            let full = ask(address, "/fill?2900", &[]).await;
            assert!(full.cookie().len() <= 4096);
            let cookie = ask(address, "/set?one", &[]).await.cookie();
            let over = ask(address, "/fill?4000", &[("cookie", &cookie)]).await;
            assert_eq!((over.status, over.header("set-cookie")), (500, None));
        });
    }
    served(app(&store), async |address| {
        assert_eq!(ask(address, "/fill?100000", &[]).await.status, 200);
    });
}

#[test]
fn values_of_another_type_and_missing_layers_are_500() {
    let [store, ..] = both(&SessionConfig::new());
    served(app(&store), async |address| {
        let cookie = ask(address, "/set?one", &[]).await.cookie();
        assert_eq!(ask(address, "/number", &[("cookie", &cookie)]).await.status, 500);
    });
    served(app_fn(answer), async |address| assert_eq!(ask(address, "/get", &[]).await.status, 500));
}

#[test]
fn settings_that_make_no_sense_are_errors() {
    for config in [
        SessionConfig::new().with_name(""),
        SessionConfig::new().with_name("a b"),
        SessionConfig::new().with_name("__Host-a"),
        SessionConfig::new().with_name("a".repeat(65)),
        SessionConfig::new().with_idle(Duration::ZERO),
        SessionConfig::new().with_absolute(Duration::from_secs(60)),
    ] {
        assert!(SessionLayer::with_store(MemoryStore::new(), &config).is_err(), "{config:?}");
    }
    assert!(SessionLayer::with_cookie([], &SessionConfig::new()).is_err());
}

#[cfg(feature = "auth")]
mod login {
    use hyperserve_core::{Principal, Problem};
    use hyperserve_middleware::Paths;
    use hyperserve_middleware::auth::AuthLayer;
    use hyperserve_middleware::sessions::SessionAuth;

    use super::*;

    async fn page(request: Request) -> Result<String, Problem> {
        let path = request.uri().path().to_owned();
        let session = request.extensions().get::<Session>().unwrap().clone();
        match &*path {
            "/login" => {
                session.log_in(&Principal::new("ada").with_scopes(["read"]).with_claim("n", 1)).await?
            }
            "/logout" => session.log_out().await?,
            "/visit" => session.insert("cart", 1).await?,
            _ => {
                let who = request.extract::<Principal, _>().await?;
                return Ok(format!("{} {:?} by {}", who.subject(), who.scopes(), who.scheme()));
            }
        }
        Ok("done".to_owned())
    }

    #[test]
    fn who_logs_in_is_a_principal_until_the_logout() {
        for layer in both(&SessionConfig::new()) {
            let public = Paths::try_new(["=/login", "=/visit", "/logout"]).unwrap();
            let auth = AuthLayer::new(SessionAuth::try_new("shop").unwrap()).with_public(public);
            let app = layer.layer(auth.layer(app_fn(page)));
            served(app, async |address| {
                let nobody = ask(address, "/", &[]).await;
                let challenge = Some("Session realm=\"shop\"");
                assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, challenge));
                let visitor = ask(address, "/visit", &[]).await.cookie();
                assert_eq!(ask(address, "/", &[("cookie", &visitor)]).await.status, 401);
                let ada = ask(address, "/login", &[("cookie", &visitor)]).await.cookie();
                assert_ne!(ada, visitor);
                let found = ask(address, "/", &[("cookie", &ada)]).await;
                assert_eq!(found.body, "ada [\"read\"] by Session");
                assert_eq!(found.header("cache-control"), Some("private"));
                assert_eq!(
                    ask(address, "/", &[("cookie", &visitor)]).await.status,
                    401,
                    "the old id is nobody's"
                );
                assert_eq!(ask(address, "/logout", &[("cookie", &ada)]).await.cookie(), "session=");
            });
        }
    }
}
