//! Why a request was refused before it reached the application.

use http::StatusCode;

macro_rules! faults {
    ($($(#[doc = $doc:literal])* $name:ident = $status:ident, $label:literal, $detail:literal;)+) => {
        /// A reason to refuse a request, with the status that says so.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Fault {
            $($(#[doc = $doc])* $name,)+
        }

        impl Fault {
            /// How many kinds there are, for counters.
            pub(crate) const COUNT: usize = [$(Self::$name),+].len();
            pub(crate) const ALL: [Self; Self::COUNT] = [$(Self::$name),+];

            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// Short name for metrics and logs.
            pub(crate) const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            /// One sentence for the client.
            pub(crate) const fn detail(self) -> &'static str {
                match self { $(Self::$name => $detail,)+ }
            }
        }
    };
}

faults! {
    RequestLine = BAD_REQUEST, "request-line", "The request line is malformed.";
    Target = BAD_REQUEST, "target", "The request target is not valid for this method.";
    Connect = BAD_REQUEST, "connect", "CONNECT is not served here.";
    BareLf = BAD_REQUEST, "bare-lf", "A line ends with LF instead of CRLF.";
    BareCr = BAD_REQUEST, "bare-cr", "A CR stands without its LF.";
    ObsFold = BAD_REQUEST, "obs-fold", "A field value is folded over several lines.";
    ControlCharacter = BAD_REQUEST, "control-character", "The request head contains a control character.";
    SpaceInName = BAD_REQUEST, "space-in-name", "A field name contains white space.";
    FieldName = BAD_REQUEST, "field-name", "A field name is empty or contains a character that is not allowed.";
    MissingHost = BAD_REQUEST, "missing-host", "The Host field is missing.";
    RepeatedHost = BAD_REQUEST, "repeated-host", "The Host field is repeated.";
    Host = BAD_REQUEST, "host", "The Host field is not a host with an optional port.";
    HostMismatch = BAD_REQUEST, "host-mismatch", "The Host field and the request target name different hosts.";
    ContentLength = BAD_REQUEST, "content-length", "Content-Length is not a decimal number.";
    RepeatedContentLength = BAD_REQUEST, "repeated-content-length", "Content-Length is repeated.";
    TransferEncoding = BAD_REQUEST, "transfer-encoding", "Transfer-Encoding is not exactly one chunked.";
    TwoFramings = BAD_REQUEST, "two-framings", "Transfer-Encoding and Content-Length are both present.";
    HeadTimeout = REQUEST_TIMEOUT, "head-timeout", "The request head did not arrive in time.";
    TargetTooLong = URI_TOO_LONG, "target-too-long", "The request target is too long.";
    Expectation = EXPECTATION_FAILED, "expectation", "The only expectation served is 100-continue.";
    HeadTooLarge = REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "The request head is too large.";
    TooManyFields = REQUEST_HEADER_FIELDS_TOO_LARGE, "too-many-fields", "The request head has too many fields.";
    Method = NOT_IMPLEMENTED, "method", "This method is not implemented.";
    Version = HTTP_VERSION_NOT_SUPPORTED, "version", "This version of HTTP is not served on this connection.";
}
