//! Headers whose value is one word of a list.

/// An enum of words, with their text.
macro_rules! keywords {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$word_doc])* $word,)+
        }

        impl $name {
            /// The word as it is sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }
        }

        /// Reads the word as it is sent.
        impl std::str::FromStr for $name {
            type Err = super::SecurityHeadersError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$word),)+
                    _ => Err(unknown(stringify!($name), text, &[$($text),+])),
                }
            }
        }
    };
}

fn unknown(what: &str, text: &str, known: &[&str]) -> super::SecurityHeadersError {
    super::SecurityHeadersError::new(format!(
        "{what} {text:?} is not known: write one of {}",
        known.join(", ")
    ))
}

keywords! {
    /// `Referrer-Policy`: what other sites hear of the page that a visitor comes from (W3C Referrer Policy §3).
    ReferrerPolicy {
        /// Nothing.
        NoReferrer = "no-referrer",
        /// The address, but nothing to plain HTTP.
        NoReferrerWhenDowngrade = "no-referrer-when-downgrade",
        /// Nothing to others, the address to pages of this origin.
        SameOrigin = "same-origin",
        /// The origin.
        Origin = "origin",
        /// The origin, but nothing to plain HTTP.
        StrictOrigin = "strict-origin",
        /// The origin to others, the address to pages of this origin.
        OriginWhenCrossOrigin = "origin-when-cross-origin",
        /// As before, but nothing to plain HTTP.
        StrictOriginWhenCrossOrigin = "strict-origin-when-cross-origin",
        /// The address to everybody.
        UnsafeUrl = "unsafe-url",
    }
}

keywords! {
    /// `Cross-Origin-Opener-Policy`: which pages share a browsing context group, and so a process (HTML §7.1.3).
    OpenerPolicy {
        /// Pages of this origin that say the same.
        SameOrigin = "same-origin",
        /// As before, and the windows that the page opens.
        SameOriginAllowPopups = "same-origin-allow-popups",
        /// Those that navigation leads through, and no others.
        NoopenerAllowPopups = "noopener-allow-popups",
        /// All.
        UnsafeNone = "unsafe-none",
    }
}

keywords! {
    /// `Cross-Origin-Embedder-Policy`: which resources of others a page may embed (HTML §7.1.4).
    EmbedderPolicy {
        /// Those that say by CORS or `Cross-Origin-Resource-Policy` that it may.
        RequireCorp = "require-corp",
        /// All, without cookies.
        Credentialless = "credentialless",
        /// All.
        UnsafeNone = "unsafe-none",
    }
}

keywords! {
    /// `Cross-Origin-Resource-Policy`: whose pages may embed this response without CORS (Fetch, "CORP").
    ResourcePolicy {
        /// Those of this origin.
        SameOrigin = "same-origin",
        /// Those of this site: the registrable domain.
        SameSite = "same-site",
        /// All.
        CrossOrigin = "cross-origin",
    }
}
