//! The server's side: it answers the first offer that it can meet.

use http::{HeaderMap, HeaderValue};
use hyperserve_core::Compression;

use super::{Agreed, Text, client_window, listed, server_window};
use crate::deflate::parameters::{
    CLIENT_NO_TAKEOVER, CLIENT_WINDOW, NAME, NARROWEST, Parameters, SERVER_NO_TAKEOVER, SERVER_WINDOW, WIDEST,
};

/// The server's choice: the first offer that can be met, and the answer to it.
///
/// Other extensions and offers that are malformed or cannot be met are passed over; `None` when nothing is left.
pub(crate) fn accept(offers: &HeaderMap, config: &Compression) -> Option<(Agreed, HeaderValue)> {
    let ours = listed(offers).flatten().filter(|extension| extension.name == NAME);
    let mut offers = ours.filter_map(|extension| Parameters::of_offer(&extension).ok());
    let (agreed, answer) = offers.find_map(|offer| meet(&offer, config))?;
    Some((agreed, HeaderValue::try_from(answer).ok()?))
}

/// The server's answer to one offer; `None` if it cannot be met.
fn meet(offer: &Parameters, config: &Compression) -> Option<(Agreed, String)> {
    let agreed = Agreed {
        server_takeover: config.server_takeover && !offer.server_no_takeover,
        client_takeover: config.client_takeover && !offer.client_no_takeover,
        server_window: offer.server_window.unwrap_or(WIDEST).min(server_window(config)),
        client_window: offer.client_window.map_or(WIDEST, |most| most.min(client_window(config))),
    };
    if agreed.server_window < NARROWEST {
        return None;
    }
    let mut text = Text::new();
    text.flag(SERVER_NO_TAKEOVER, !agreed.server_takeover);
    text.flag(CLIENT_NO_TAKEOVER, !agreed.client_takeover);
    match offer.server_window {
        Some(_) => text.value(SERVER_WINDOW, agreed.server_window),
        None => text.window(SERVER_WINDOW, agreed.server_window),
    }
    text.window(CLIENT_WINDOW, agreed.client_window);
    Some((agreed, text.0))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agreed, headers, takeover};
    use super::{Agreed, accept};
    use hyperserve_core::Compression;

    /// The answer, for a server that has nothing against takeover.
    fn answered(fields: &[&str]) -> Option<String> {
        answered_with(fields, &takeover()).map(|(_, answer)| answer)
    }

    fn answered_with(fields: &[&str], config: &Compression) -> Option<(Agreed, String)> {
        let (agreed, answer) = accept(&headers(fields), config)?;
        Some((agreed, answer.to_str().unwrap().to_owned()))
    }

    #[test]
    fn the_default_is_no_takeover_either_way() {
        let (agreed_on, answer) =
            answered_with(&["permessage-deflate; client_max_window_bits"], &Compression::default()).unwrap();
        assert_eq!(agreed_on, agreed(false, false, 15, 15));
        assert_eq!(answer, "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    }

    /// Offers and what is answered to them, RFC 7692 §7.1's examples among them.
    #[test]
    fn each_parameter_is_answered_by_its_rule() {
        for (offered, answer) in [
            ("permessage-deflate", "permessage-deflate"),
            ("permessage-deflate; client_max_window_bits", "permessage-deflate"),
            ("permessage-deflate; client_max_window_bits=15", "permessage-deflate"),
            (
                "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
                "permessage-deflate; server_max_window_bits=10",
            ),
            (
                "permessage-deflate; server_max_window_bits=15",
                "permessage-deflate; server_max_window_bits=15",
            ),
            (
                "permessage-deflate; server_max_window_bits=\"9\"",
                "permessage-deflate; server_max_window_bits=9",
            ),
            (
                "permessage-deflate; client_max_window_bits=10",
                "permessage-deflate; client_max_window_bits=10",
            ),
            ("permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8"),
            (
                "permessage-deflate; server_no_context_takeover",
                "permessage-deflate; server_no_context_takeover",
            ),
            (
                "permessage-deflate; client_no_context_takeover",
                "permessage-deflate; client_no_context_takeover",
            ),
        ] {
            assert_eq!(answered(&[offered]).as_deref(), Some(answer), "{offered}");
        }
    }

    #[test]
    fn offers_that_cannot_be_met_are_passed_over() {
        for offered in [
            "",
            "permessage-bzip2",
            "Permessage-Deflate",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=010",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=\"\"",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover=true",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=12",
            "permessage-deflate; x-unknown",
            "permessage-deflate;",
            "permessage-deflate; server_max_window_bits=\"10",
            "permessage-deflate; server_max_window_bits=10\u{e9}",
        ] {
            assert_eq!(answered(&[offered]), None, "{offered}");
            let second = format!("{offered}, permessage-deflate");
            let closed = !offered.contains("\"10") && offered.is_ascii();
            assert_eq!(answered(&[&second]).is_some(), closed, "{second}");
            assert!(answered(&[offered, "permessage-deflate"]).is_some(), "{offered}");
        }
    }

    #[test]
    fn the_first_offer_that_fits_is_taken() {
        let fallback = "x-other, permessage-deflate; server_max_window_bits=8, \
                        permessage-deflate; server_max_window_bits=12, permessage-deflate";
        assert_eq!(answered(&[fallback]).as_deref(), Some("permessage-deflate; server_max_window_bits=12"));
        let fields =
            ["permessage-deflate; x", "permessage-deflate; client_no_context_takeover", "permessage-deflate"];
        assert_eq!(answered(&fields).as_deref(), Some("permessage-deflate; client_no_context_takeover"));
    }

    #[test]
    fn windows_of_the_config_hold() {
        let narrow = takeover().with_server_window_bits(10).with_client_window_bits(11);
        for (offered, answer, windows) in [
            ("permessage-deflate", "permessage-deflate; server_max_window_bits=10", (10, 15)),
            (
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11",
                (10, 11),
            ),
            (
                "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
                "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
                (9, 9),
            ),
        ] {
            let (agreed_on, answered) = answered_with(&[offered], &narrow).unwrap();
            assert_eq!(answered, answer, "{offered}");
            assert_eq!(agreed_on, agreed(true, true, windows.0, windows.1), "{offered}");
        }
        let too_narrow = takeover().with_server_window_bits(1).with_client_window_bits(200);
        let (agreed_on, _) =
            answered_with(&["permessage-deflate; client_max_window_bits"], &too_narrow).unwrap();
        assert_eq!(agreed_on, agreed(true, true, 9, 15));
    }
}
