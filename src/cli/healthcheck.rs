//! `provost healthcheck`: whether the server of these settings answers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::session::Session;
use crate::admin::fault::{Fault, Stop, exit};
use crate::{reach, tls};

pub(super) fn run(session: &Session) -> Result<(), Stop> {
    let address = reachable(session.config.http.listen);
    let failed = |why: String| {
        let what = format!("the server at {address} does not answer as it should");
        Fault::new(
            exit::UNAVAILABLE,
            what,
            why,
            "look at the server's log, or start `provost serve`",
        )
    };
    let file = tls::certificate_file(&session.config);
    let own = file.map(|file| tls::leaf_of(&file)).transpose();
    let own = own.map_err(Fault::from)?;
    match reach::at_address(address, own).map_err(|error| failed(error.to_string()))? {
        200 => Ok(()),
        status => Err(failed(format!("/healthz answered {status}")).into()),
    }
}

/// A server that listens everywhere is asked on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
