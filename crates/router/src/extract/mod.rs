//! Extractors: typed values taken out of a request.
