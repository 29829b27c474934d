//! [`MethodLabel`]: the methods that are kept apart.

use http::Method;

macro_rules! methods {
    ($($variant:ident $text:literal,)+) => {
        /// A method as a label: a client can make up methods, but not labels.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum MethodLabel {
            $($variant,)+
            Other,
        }

        impl MethodLabel {
            /// In the order of their numbers.
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)+ Self::Other];

            pub(super) fn of(method: &Method) -> Self {
                match method.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other,
                }
            }

            pub(super) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other => OTHER,
                }
            }
        }
    };
}

/// What is not kept apart.
pub(super) const OTHER: &str = "other";

// RFC 9110 §9.3, RFC 5789 (PATCH), RFC 10008 (QUERY).
methods! {
    Get "GET",
    Head "HEAD",
    Post "POST",
    Put "PUT",
    Delete "DELETE",
    Connect "CONNECT",
    Options "OPTIONS",
    Trace "TRACE",
    Patch "PATCH",
    Query "QUERY",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registered_methods_are_labels() {
        let label = |name: &str| MethodLabel::of(&Method::from_bytes(name.as_bytes()).unwrap()).as_str();
        assert_eq!(["GET", "QUERY", "get", "BREW"].map(label), ["GET", "QUERY", "other", "other"]);
        assert!(MethodLabel::ALL.iter().enumerate().all(|(index, method)| *method as usize == index));
    }
}
