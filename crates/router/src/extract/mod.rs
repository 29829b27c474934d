//! Extractors: typed values taken out of a request.

#[cfg(feature = "cookies")]
mod cookies;
mod extension;
mod fault;
#[cfg(feature = "form")]
mod form;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "sse")]
mod last_event_id;
mod location;
mod matched_path;
#[cfg(any(feature = "json", feature = "form"))]
mod media_type;
#[cfg(feature = "multipart")]
mod multipart;
mod original_uri;
mod path;
mod percent;
#[cfg(feature = "form")]
mod query;
mod raw_query;
#[cfg(any(feature = "json", feature = "form"))]
mod shape;
mod state;
mod transparent;
#[cfg(feature = "typed-header")]
mod typed_header;
#[cfg(feature = "form")]
mod urlencoded;

#[cfg(feature = "cookies")]
pub use self::cookies::{
    Cookie, CookieBuilder, CookieJar, Key, KeyTextError, PrivateCookieJar, SameSite, SignedCookieJar,
    key_from_hex, secure_cookie,
};
pub use self::extension::{AddExtension, Extension};
pub use self::fault::Rejection;
#[cfg(feature = "form")]
pub use self::form::Form;
#[cfg(feature = "json")]
pub use self::json::Json;
#[cfg(feature = "sse")]
pub use self::last_event_id::LastEventId;
pub use self::matched_path::MatchedPath;
#[cfg(feature = "multipart")]
pub use self::multipart::{Field, Multipart, Persist, PersistError, Spooled, SpooledReader};
pub use self::original_uri::OriginalUri;
pub use self::path::Path;
#[cfg(feature = "form")]
pub use self::query::Query;
pub use self::raw_query::RawQuery;
pub use self::state::{FromRef, State};
#[cfg(feature = "typed-header")]
pub use self::typed_header::TypedHeader;
#[cfg(feature = "typed-header")]
#[doc(no_inline)]
pub use headers;
