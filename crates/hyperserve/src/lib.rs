//! hyperserve
