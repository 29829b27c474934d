//! JSON Web Tokens over real sockets, good ones and hostile ones; and keys that are published.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod identity;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyperserve_core::{Principal, Problem, Request, RequestExt as _};
use hyperserve_middleware::auth::{AuthLayer, BearerAuth};
use hyperserve_middleware::jwt::{Algorithm, JwtConfig, JwtKeys, JwtVerifier};
use hyperserve_server::{App, app_fn};
use identity::{Answer, ask, served};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{EncodingKey, Header, encode};
use rcgen::{KeyPair, SignatureAlgorithm};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_layer::Layer as _;

const SECRET: [u8; 32] = *b"0123456789abcdef0123456789abcdef";

async fn who(request: Request) -> Result<String, Problem> {
    let principal = request.extract::<Principal, _>().await?;
    Ok(format!("{} {}", principal.subject(), principal.scopes().join("+")))
}

fn app(verifier: JwtVerifier) -> impl App {
    AuthLayer::new(BearerAuth::new(verifier)).layer(app_fn(who))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn claims() -> Value {
    json!({"sub": "ada", "iss": "https://id.example", "aud": "shop", "exp": now() + 60, "scope": "read write"})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn header(algorithm: Algorithm, id: Option<&str>) -> Header {
    Header { kid: id.map(str::to_owned), ..Header::new(algorithm) }
}

fn hs256(claims: &Value) -> String {
    encode(&header(Algorithm::HS256, None), claims, &EncodingKey::from_secret(&SECRET)).unwrap()
}

/// A token of a header that no library writes, signed with the secret nevertheless.
fn odd(header: &Value, claims: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", part(&header.to_string()), part(claims));
    let key = EncodingKey::from_secret(&SECRET);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

async fn send(address: SocketAddr, token: &str) -> Answer {
    ask(address, "/", &[("authorization", &format!("Bearer {token}"))]).await
}

fn shop(keys: JwtKeys) -> JwtConfig {
    JwtConfig::new(keys).with_issuer("https://id.example").with_audience("shop")
}

struct Signer {
    key: KeyPair,
    algorithm: Algorithm,
}

impl Signer {
    fn new(with: &'static SignatureAlgorithm, algorithm: Algorithm) -> Self {
        Self { key: KeyPair::generate_for(with).unwrap(), algorithm }
    }

    fn ec() -> Self {
        Self::new(&rcgen::PKCS_ECDSA_P256_SHA256, Algorithm::ES256)
    }

    fn private(&self) -> EncodingKey {
        let pem = self.key.serialize_pem();
        match self.algorithm {
            Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_pem(pem.as_bytes()).unwrap(),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes()).unwrap(),
            _ => EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
        }
    }

    fn token(&self, id: Option<&str>, claims: &Value) -> String {
        encode(&header(self.algorithm, id), claims, &self.private()).unwrap()
    }

    fn jwk(&self, id: &str) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private(), self.algorithm).unwrap();
        jwk.common.key_id = Some(id.to_owned());
        serde_json::to_value(jwk).unwrap()
    }
}

fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

#[test]
fn a_good_token_is_a_principal_with_scopes() {
    let verifier = shop(JwtKeys::secret(Algorithm::HS256, SECRET).unwrap()).build().unwrap();
    served(app(verifier), async |address| {
        assert_eq!(send(address, &hs256(&claims())).await.body, "ada read+write");
    });
}

#[test]
fn hostile_tokens_are_refused() {
    let verifier = shop(JwtKeys::secret(Algorithm::HS256, SECRET).unwrap()).build().unwrap();
    let good = hs256(&claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let body = message.split_once('.').unwrap().1;
    let text = claims().to_string();
    let hs384 =
        encode(&header(Algorithm::HS384, None), &claims(), &EncodingKey::from_secret(&SECRET)).unwrap();
    let other = EncodingKey::from_secret(b"another secret of thirty-two byt");
    let forged = encode(&header(Algorithm::HS256, None), &claims(), &other).unwrap();
    let changed = URL_SAFE_NO_PAD.encode(with("sub", json!("root")).to_string());
    let head = message.split_once('.').unwrap().0;
    let corpus = [
        ("alg none", format!("{unsigned}.{body}.")),
        ("alg none with a signature", format!("{unsigned}.{body}.{signature}")),
        ("no signature", format!("{message}.")),
        ("a signature of nothing", format!("{message}.AA")),
        ("other claims", format!("{head}.{changed}.{signature}")),
        ("another secret", forged),
        ("another algorithm of the family", hs384),
        ("expired", hs256(&with("exp", json!(now() - 61)))),
        ("expiry as text", hs256(&with("exp", json!("9999999999")))),
        ("not yet valid", hs256(&with("nbf", json!(now() + 120)))),
        ("another audience", hs256(&with("aud", json!("bank")))),
        ("another issuer", hs256(&with("iss", json!("https://evil.example")))),
        ("no subject", hs256(&with("sub", Value::Null))),
        ("crit", odd(&json!({"alg": "HS256", "crit": ["x"], "x": 1}), &text)),
        ("unencoded payload", odd(&json!({"alg": "HS256", "b64": false}), &text)),
        ("for logging out", odd(&json!({"alg": "HS256", "typ": "logout+jwt"}), &text)),
        ("claims that are a list", odd(&json!({"alg": "HS256"}), "[]")),
        ("claims that are no JSON", odd(&json!({"alg": "HS256"}), "{")),
        ("deep claims", odd(&json!({"alg": "HS256"}), &"[".repeat(3000))),
        ("encrypted", "a.b.c.d.e".to_owned()),
        ("no token", "x".to_owned()),
        ("huge", "a".repeat(20_000)),
    ];
    served(app(verifier), async |address| {
        for (name, token) in &corpus {
            let answer = send(address, token).await;
            assert_eq!(answer.status, 401, "{name}: {answer:?}");
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.contains("error=\"invalid_token\""), "{name}: {challenge}");
        }
        let injected = odd(
            &json!({"alg": "HS256", "kid": "../../dev/null' OR 1=1 --", "jku": "http://127.0.0.1:1/"}),
            &text,
        );
        assert_eq!(
            send(address, &injected).await.status,
            200,
            "a kid is compared, where there are several keys"
        );
        assert_eq!(ask(address, &format!("/?access_token={good}"), &[]).await.status, 401);
        assert_eq!(send(address, "a b").await.status, 400);
    });
}

#[test]
fn a_public_key_is_no_secret() {
    for signer in [
        Signer::ec(),
        Signer::new(&rcgen::PKCS_ECDSA_P384_SHA384, Algorithm::ES384),
        Signer::new(&rcgen::PKCS_ED25519, Algorithm::EdDSA),
        Signer::new(&rcgen::PKCS_RSA_SHA256, Algorithm::RS256),
    ] {
        let pem = signer.key.public_key_pem();
        let keys = JwtKeys::pem(signer.algorithm, &pem).unwrap();
        let verifier = shop(keys).build().unwrap();
        // What a verifier that takes the algorithm from the token would accept.
        let confused =
            encode(&header(Algorithm::HS256, None), &claims(), &EncodingKey::from_secret(pem.as_bytes()))
                .unwrap();
        let own = signer.token(None, &claims());
        served(app(verifier), async |address| {
            assert_eq!(send(address, &own).await.status, 200, "{:?}", signer.algorithm);
            assert_eq!(send(address, &confused).await.status, 401, "{:?}", signer.algorithm);
        });
    }
}

#[test]
fn keys_and_settings_that_cannot_be_are_errors_at_once() {
    let ec = Signer::ec();
    let pem = ec.key.public_key_pem();
    for (result, why) in [
        (JwtKeys::secret(Algorithm::HS256, [0; 31]), "the secret of HS256 has 31 bytes; make one of 32"),
        (JwtKeys::secret(Algorithm::HS512, [0; 63]), "the secret of HS512 has 63 bytes; make one of 64"),
        (JwtKeys::secret(Algorithm::RS256, [0; 64]), "RS256 has no secret"),
        (JwtKeys::pem(Algorithm::HS256, &pem), "HS256 has no public key"),
        (JwtKeys::pem(Algorithm::RS256, &pem), "the PEM is no public key for RS256"),
        (JwtKeys::pem(Algorithm::ES384, &pem), "the PEM is no public key for ES384"),
        (JwtKeys::pem(Algorithm::ES256, "x"), "the PEM is no public key for ES256"),
        (JwtKeys::url("http://id.example/jwks"), "the address of the JWK Set is not of https"),
        (JwtKeys::set("{}"), "the JWK Set has no list `keys`"),
    ] {
        let error = result.err().unwrap_or_else(|| panic!("{why}")).to_string();
        assert!(error.starts_with(why), "{error}");
    }
    let keys = || JwtKeys::set(set(&[ec.jwk("a")])).unwrap();
    for (config, why) in [
        (JwtConfig::new(keys()).with_audience("a"), "published keys need an issuer"),
        (JwtConfig::new(keys()).with_issuer("a"), "published keys need an audience"),
        (shop(keys()).with_any_audience(), "either name an audience or take any"),
        (shop(keys()).with_any_issuer(), "either name an issuer or take any"),
        (shop(keys()).with_leeway(Duration::from_secs(601)), "the leeway is above 10 minutes"),
        (shop(keys()).with_algorithms([Algorithm::HS256]), "there is an algorithm without a key"),
        (shop(keys()).with_algorithms([]), "there is an algorithm without a key"),
    ] {
        let error = config.build().err().unwrap_or_else(|| panic!("{why}")).to_string();
        assert!(error.starts_with(why), "{error}");
    }
}

#[test]
fn two_secrets_are_good_while_one_takes_the_place_of_the_other() {
    let new = JwtKeys::secret(Algorithm::HS256, [7; 32]).unwrap();
    let keys = new.and(JwtKeys::secret(Algorithm::HS256, SECRET).unwrap()).unwrap();
    let verifier = shop(keys).build().unwrap();
    let token =
        encode(&header(Algorithm::HS256, None), &claims(), &EncodingKey::from_secret(&[7; 32])).unwrap();
    served(app(verifier), async |address| {
        assert_eq!(send(address, &token).await.status, 200);
        assert_eq!(send(address, &hs256(&claims())).await.status, 200);
    });
}

/// Serves what is in `body` as a JWK Set, and counts who asks.
#[derive(Clone, Default)]
struct Provider {
    body: Arc<Mutex<(u16, String)>>,
    asked: Arc<Mutex<u32>>,
}

impl Provider {
    fn publish(&self, status: u16, body: String) {
        *self.body.lock().unwrap() = (status, body);
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }

    /// The address. It is served until the runtime ends.
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let this = self.clone();
        let app = app_fn(move |_: Request| {
            *this.asked.lock().unwrap() += 1;
            let (status, body) = this.body.lock().unwrap().clone();
            std::future::ready((http::StatusCode::from_u16(status).unwrap(), body))
        });
        tokio::spawn(hyperserve_server::serve(
            listener,
            app,
            hyperserve_server::Limits::default(),
            std::future::pending(),
        ));
        format!("http://{address}/jwks")
    }
}

#[test]
fn published_keys_are_fetched_once_and_unknown_ones_once_a_minute() {
    let (first, second) = (Signer::ec(), Signer::ec());
    let provider = Provider::default();
    provider.publish(200, set(&[first.jwk("a")]));
    let late = late_verifier();
    let slot = Arc::clone(&late.0);
    served(late, async |address| {
        let verifier = shop(JwtKeys::url(&provider.start().await).unwrap()).build().unwrap();
        slot.lock().unwrap().replace(verifier);
        let token = first.token(Some("a"), &claims());
        let (one, two) = tokio::join!(send(address, &token), send(address, &token));
        assert_eq!((one.status, two.status), (200, 200), "{one:?}");
        assert_eq!(provider.asked(), 1, "both wait for one answer");
        provider.publish(200, set(&[second.jwk("b")]));
        for _ in 0..20 {
            assert_eq!(send(address, &second.token(Some("b"), &claims())).await.status, 401);
        }
        assert_eq!(provider.asked(), 1, "within the minute after it was looked at");
        assert_eq!(
            send(address, &second.token(Some("a"), &claims())).await.status,
            401,
            "a known kid, another key"
        );
    });
}

#[test]
fn without_keys_the_answer_is_503_and_a_flood_asks_once() {
    let signer = Signer::ec();
    let provider = Provider::default();
    let late = late_verifier();
    let slot = Arc::clone(&late.0);
    served(late, async |address| {
        for (status, body) in [
            (500, String::new()),
            (302, set(&[signer.jwk("a")])),
            (200, "{".to_owned()),
            (200, " ".repeat(300 * 1024)),
        ] {
            provider.publish(status, body);
            let verifier = shop(JwtKeys::url(&provider.start().await).unwrap()).build().unwrap();
            assert!(verifier.refresh().await.is_err(), "{status}");
            slot.lock().unwrap().replace(verifier);
            let before = provider.asked();
            for _ in 0..5 {
                let answer = send(address, &signer.token(Some("a"), &claims())).await;
                assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")), "{answer:?}");
            }
            assert_eq!(provider.asked(), before, "it was asked a moment ago");
        }
    });
}

#[cfg(feature = "jwt-https")]
mod https {
    use rustls::ServerConfig;
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// Answers every connection with this set; gives the address and the certificate in PEM.
    async fn publish(body: String) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        let (acceptor, listener) =
            (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut head = [0; 4096];
                let read = stream.read(&mut head).await.unwrap();
                assert!(head[..read].starts_with(b"GET /jwks HTTP/1.1\r\n"));
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
                drop(stream.shutdown().await);
            }
        });
        (format!("https://localhost:{port}/jwks"), certificate.pem())
    }

    #[tokio::test(flavor = "current_thread")]
    async fn keys_come_over_https_from_whom_is_trusted() {
        let (url, pem) = publish(set(&[Signer::ec().jwk("a")])).await;
        let trusting = JwtKeys::url(&url).unwrap().with_root_certificates(pem.as_bytes()).unwrap();
        shop(trusting).build().unwrap().refresh().await.unwrap();
        let (_, other) = publish(String::new()).await;
        let distrusting = JwtKeys::url(&url).unwrap().with_root_certificates(other.as_bytes()).unwrap();
        let error = shop(distrusting).build().unwrap().refresh().await.unwrap_err().to_string();
        assert!(error.contains("the handshake failed"), "{error}");
        assert!(JwtKeys::url(&url).unwrap().with_root_certificates(b"x").is_err());
    }
}

/// An app whose verifier is known only once the server runs.
#[derive(Clone)]
struct Late(Arc<Mutex<Option<JwtVerifier>>>);

fn late_verifier() -> Late {
    Late(Arc::default())
}

impl tower_service::Service<Request> for Late {
    type Response = hyperserve_core::Response;
    type Error = std::convert::Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let verifier = self.0.lock().unwrap().clone().unwrap();
        let mut app = AuthLayer::new(BearerAuth::new(verifier)).layer(app_fn(who));
        Box::pin(async move { app.call(request).await })
    }
}
