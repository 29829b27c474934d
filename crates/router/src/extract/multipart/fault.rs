//! What is answered when a form cannot be read.

use std::string::FromUtf8Error;

use hyperserve_core::BodyError;

use super::super::Rejection;
use super::MOST_HEAD;

/// What the parser reports. Errors of the body itself come through it in a box.
pub(super) fn rejection(error: multer::Error) -> Rejection {
    use multer::Error as E;
    let detail = match error {
        E::StreamReadFailed(error) => return BodyError::new(error).into(),
        E::IncompleteFieldData { .. } => "The form ends before its last boundary.",
        E::IncompleteStream => "The form ends early, or is not framed as its boundary says.",
        E::IncompleteHeaders
        | E::ReadHeaderFailed(_)
        | E::DecodeHeaderName { .. }
        | E::DecodeHeaderValue { .. } => "The headers of a part of the form are malformed.",
        _ => "The form could not be read.",
    };
    Rejection::malformed(detail).with_source(error)
}

pub(super) fn head_too_long() -> Rejection {
    let detail = format!("The headers of a part of the form are longer than {MOST_HEAD} bytes.");
    Rejection::too_large(detail, MOST_HEAD as u64)
}

pub(super) fn too_many_parts(limit: usize) -> Rejection {
    Rejection::too_large(format!("The form has more than {limit} parts."), limit as u64)
}

pub(super) fn not_named() -> Rejection {
    Rejection::malformed("A part of the form has no header that names its field.")
}

pub(super) fn name_not_utf8(error: FromUtf8Error) -> Rejection {
    Rejection::malformed("The name of a field or a file is not valid UTF-8.").with_source(error)
}

pub(super) fn no_boundary() -> Rejection {
    Rejection::malformed("The content type of the request names no valid boundary.")
}
