//! The client's side: it offers, and takes no answer that its offer did not allow.

use http::{HeaderMap, HeaderValue};
use hyperserve_core::Compression;

use super::{Agreed, Text, client_window, listed, server_window};
use crate::deflate::parameters::{
    CLIENT_NO_TAKEOVER, CLIENT_WINDOW, NAME, NARROWEST, Parameters, SERVER_NO_TAKEOVER, SERVER_WINDOW, WIDEST,
};

/// What the client asks for, by `config`.
#[cfg(any(test, feature = "client"))]
pub(crate) fn offer(config: &Compression) -> HeaderValue {
    let mut text = Text::new();
    text.flag(SERVER_NO_TAKEOVER, !config.server_takeover);
    text.flag(CLIENT_NO_TAKEOVER, !config.client_takeover);
    text.window(SERVER_WINDOW, server_window(config));
    match client_window(config) {
        WIDEST => text.flag(CLIENT_WINDOW, true),
        narrower => text.window(CLIENT_WINDOW, narrower),
    }
    HeaderValue::try_from(text.0).unwrap_or_else(|_| HeaderValue::from_static(NAME))
}

/// What the server has made of [`offer`]: `None` when it answered with no extension at all.
///
/// # Errors
///
/// When the answer names anything that was not offered, or gives less than was asked for; the connection must then be
/// failed (RFC 6455 §9.1, RFC 7692 §5.1).
#[cfg(any(test, feature = "client"))]
pub(crate) fn confirm(answer: &HeaderMap, config: &Compression) -> Result<Option<Agreed>, &'static str> {
    let mut answers = listed(answer);
    let Some(first) = answers.next() else { return Ok(None) };
    if answers.next().is_some() {
        return Err("more extensions than were offered");
    }
    let extension = first.ok_or("malformed Sec-WebSocket-Extensions")?;
    if extension.name != NAME {
        return Err("an extension that was not offered");
    }
    hold(&Parameters::of_answer(&extension)?, config).map(Some)
}

/// The client's look at the answer to its offer.
#[cfg(any(test, feature = "client"))]
fn hold(answer: &Parameters, config: &Compression) -> Result<Agreed, &'static str> {
    if !config.server_takeover && !answer.server_no_takeover {
        return Err("the server keeps its context, and was asked not to");
    }
    let asked = server_window(config);
    if answer.server_window.unwrap_or(WIDEST) > asked {
        return Err("the server's window is wider than was asked for");
    }
    let offered = client_window(config);
    let window = answer.client_window.unwrap_or(offered);
    // §7.1.2.2: no wider than a value that was offered. 8 is legal, yet nothing zlib can compress with
    if answer.client_window.is_some_and(|answered| answered > offered) || window < NARROWEST {
        return Err("a client's window that cannot be met");
    }
    Ok(Agreed {
        server_takeover: !answer.server_no_takeover,
        client_takeover: config.client_takeover && !answer.client_no_takeover,
        server_window: answer.server_window.unwrap_or(WIDEST),
        client_window: window,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agreed, headers, takeover};
    use super::{confirm, offer};
    use hyperserve_core::Compression;

    #[test]
    fn an_offer_says_what_the_config_says() {
        let written = |config: Compression| offer(&config).to_str().unwrap().to_owned();
        assert_eq!(
            written(Compression::default()),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits"
        );
        assert_eq!(written(takeover()), "permessage-deflate; client_max_window_bits");
        assert_eq!(
            written(takeover().with_server_window_bits(9).with_client_window_bits(10)),
            "permessage-deflate; server_max_window_bits=9; client_max_window_bits=10"
        );
    }

    #[test]
    fn a_client_takes_what_it_offered_and_nothing_else() {
        let confirmed = |fields: &[&str], config| confirm(&headers(fields), &config);
        assert_eq!(confirmed(&[], takeover()), Ok(None));
        assert_eq!(confirmed(&["permessage-deflate"], takeover()), Ok(Some(agreed(true, true, 15, 15))));
        let all = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
                   server_max_window_bits=8; client_max_window_bits=9";
        assert_eq!(confirmed(&[all], takeover()), Ok(Some(agreed(false, false, 8, 9))));
        let narrow = takeover().with_server_window_bits(10).with_client_window_bits(11);
        let both = "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11";
        assert_eq!(confirmed(&[both], narrow), Ok(Some(agreed(true, true, 10, 11))));
        let unanswered = "permessage-deflate; server_max_window_bits=10";
        assert_eq!(confirmed(&[unanswered], narrow), Ok(Some(agreed(true, true, 10, 11))));
        for (answer, config) in [
            ("x-webkit-deflate-frame", takeover()),
            ("permessage-deflate, permessage-deflate", takeover()),
            ("permessage-deflate, x-other", takeover()),
            ("permessage-deflate; x", takeover()),
            ("permessage-deflate; client_max_window_bits", takeover()),
            ("permessage-deflate; client_max_window_bits=8", takeover()),
            ("permessage-deflate; server_max_window_bits=7", takeover()),
            ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", takeover()),
            ("permessage-deflate; client_no_context_takeover=1", takeover()),
            ("permessage-deflate;", takeover()),
            ("permessage-deflate", Compression::default()),
            ("permessage-deflate; server_max_window_bits=11", narrow),
            ("permessage-deflate", narrow),
            ("permessage-deflate; server_max_window_bits=10; client_max_window_bits=12", narrow),
        ] {
            assert!(confirmed(&[answer], config).is_err(), "{answer}");
        }
        assert!(confirmed(&["permessage-deflate", "permessage-deflate"], takeover()).is_err());
    }
}
