//! The client's side of WebSocket: a handshake, frames with anything in them, and a strict reader of what a server sends.

mod deflate;
mod encode;
mod extension;
mod frame;
mod handshake;
mod judge;
mod messages;

pub(crate) use self::{
    encode::encode,
    extension::Extension,
    frame::describe,
    handshake::{accepts, handshake},
    judge::judge,
    messages::{Message, Messages},
};
