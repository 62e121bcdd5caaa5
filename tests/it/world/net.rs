//! Addresses to listen on.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// An address on this machine that nobody listens on right now.
///
/// Another process may take the port before it is used; where a listener can be handed over instead, hand it over.
pub fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("loopback has a port left")
}
