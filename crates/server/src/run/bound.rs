//! A server whose listeners are open.

use super::error::ServerError;
use super::handle::Handle;
use super::listener::Listener;
use super::server::Server;
use crate::conn::Manners;
use crate::listen::{Bound, Inherited, ListenOptions, Socket, SocketFile};
use crate::redirect::Redirect;
use crate::system::{available_cores, raise_descriptor_limit};
use crate::{Limits, Metrics};
use hyperserve_core::TrustedProxies;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

/// A server that holds its addresses and waits for its application.
#[derive(Debug)]
#[must_use = "a server does nothing until it is run"]
pub struct BoundServer {
    pub(super) limits: Arc<Limits>,
    pub(super) workers: usize,
    pub(super) pinned: bool,
    pub(super) signals: bool,
    pub(super) trusted: Arc<TrustedProxies>,
    /// For each worker, its socket of each address.
    pub(super) sockets: Vec<Vec<(Socket, Arc<Manners>)>>,
    addresses: Vec<Address>,
    /// Removed when the server ends.
    files: Vec<SocketFile>,
    #[cfg(feature = "tls")]
    pub(super) acceptors: Vec<crate::tls::Acceptor>,
    pub(super) handle: Handle,
    without_date: bool,
}

/// An address that is being listened on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address {
    /// The TCP address with its real port; `None` for Unix sockets.
    pub tcp: Option<SocketAddr>,
    /// As it is written: `127.0.0.1:8080`, `unix:/run/app.sock`.
    pub name: String,
    /// Whether it speaks TLS.
    pub is_secure: bool,
}

impl Address {
    /// `http://127.0.0.1:8080` and the like; a Unix socket's name as it is.
    #[must_use]
    pub fn url(&self) -> String {
        match self.tcp {
            Some(_) => format!("{}://{}", if self.is_secure { "https" } else { "http" }, self.name),
            None => self.name.clone(),
        }
    }
}

impl BoundServer {
    pub(super) fn new(server: Server) -> Result<Self, ServerError> {
        if server.listeners.is_empty() {
            return Err(ServerError::message(
                "there is no address to listen on: name one, such as 127.0.0.1:8080",
            ));
        }
        if let Err(error) = raise_descriptor_limit() {
            tracing::warn!(%error, "the limit of open files could not be raised");
        }
        let workers = server.workers.unwrap_or_else(available_cores).get();
        let options = ListenOptions::new().with_tcp(server.tcp).with_unix(server.unix).with_workers(workers);
        let mut bound = Self {
            limits: Arc::new(server.limits),
            workers,
            pinned: server.pinned,
            signals: !server.without_signals,
            trusted: Arc::new(server.trusted),
            sockets: (0..workers).map(|_| Vec::new()).collect(),
            addresses: Vec::new(),
            files: Vec::new(),
            #[cfg(feature = "tls")]
            acceptors: Vec::new(),
            handle: Handle::new(Metrics::new(workers)),
            without_date: server.without_date,
        };
        let mut inherited = Inherited::from_env();
        for listener in server.listeners {
            bound.open(listener, &options, &mut inherited)?;
        }
        Ok(bound)
    }

    fn open(
        &mut self,
        listener: Listener,
        options: &ListenOptions,
        inherited: &mut Inherited,
    ) -> Result<(), ServerError> {
        let manners = self.manners(&listener)?;
        let address = listener.address.map_err(ServerError::message)?;
        for opened in address.open(options, inherited).map_err(ServerError::io)? {
            self.add(opened, &manners);
        }
        Ok(())
    }

    fn manners(&mut self, listener: &Listener) -> Result<Arc<Manners>, ServerError> {
        let manners = Manners {
            #[cfg(feature = "tls")]
            tls: self.acceptor(listener)?,
            proxy_protocol: listener.proxy_protocol,
            redirect: listener.redirect.map(|port| Arc::new(Redirect::to_port(port))),
            without_date: self.without_date,
        };
        Ok(Arc::new(manners))
    }

    #[cfg(feature = "tls")]
    fn acceptor(&mut self, listener: &Listener) -> Result<Option<crate::tls::Acceptor>, ServerError> {
        let Some(config) = &listener.tls else { return Ok(None) };
        let acceptor = config.load().map_err(ServerError::caused)?;
        self.acceptors.push(acceptor.clone());
        Ok(Some(acceptor))
    }

    fn add(&mut self, opened: Bound, manners: &Arc<Manners>) {
        #[cfg(feature = "tls")]
        let is_secure = manners.tls.is_some();
        #[cfg(not(feature = "tls"))]
        let is_secure = false;
        let tcp = opened.tcp_address();
        let (sockets, file) = opened.into_parts();
        let name = sockets.first().map(Socket::to_string).unwrap_or_default();
        self.addresses.push(Address { tcp, name, is_secure });
        self.files.extend(file);
        for (worker, socket) in self.sockets.iter_mut().zip(sockets) {
            worker.push((socket, Arc::clone(manners)));
        }
    }

    /// What is listened on, in the order it was asked for; port 0 has become a real port.
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// The certificates of the secure listeners, to reload them.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn acceptors(&self) -> &[crate::tls::Acceptor] {
        &self.acceptors
    }

    /// Second descriptors of the listening sockets, to look at. While one is open the kernel goes on queueing connections:
    /// close them before the server is told to stop.
    ///
    /// # Errors
    ///
    /// When the process may open no more.
    pub fn duplicate_sockets(&self) -> std::io::Result<Vec<OwnedFd>> {
        self.sockets.iter().flatten().map(|(socket, _)| socket.as_fd().try_clone_to_owned()).collect()
    }

    /// Gives the sockets away, for a parent of worker processes: for each worker a list with one socket an address, in the
    /// order of [`addresses`](Self::addresses), and the guards of Unix socket files, which remove them when dropped.
    #[must_use]
    pub fn into_sockets(self) -> (Vec<Vec<Socket>>, Vec<SocketFile>) {
        let bare =
            |worker: Vec<(Socket, Arc<Manners>)>| worker.into_iter().map(|(socket, _)| socket).collect();
        (self.sockets.into_iter().map(bare).collect(), self.files)
    }

    /// How many workers will run.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Stops the server from elsewhere, and reads its counters.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}
