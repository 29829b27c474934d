//! Responses: values that handlers answer with.
