//! `provost healthcheck`: whether the server of these settings answers.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme,
    StreamOwned,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::session::Session;
use crate::admin::fault::{Fault, Stop, exit};
use crate::tls;

/// How long the server may take over each step.
const STEP_SECONDS_MAX: u64 = 5;
/// Enough for the status line.
const HEAD_BYTES: usize = 64;

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
    let tcp = connect(address).map_err(|error| failed(error.to_string()))?;
    let status = match tls::certificate_file(&session.config) {
        None => ask(tcp, address),
        Some(file) => {
            let own = tls::leaf_of(&file).map_err(Fault::from)?;
            encrypted(tcp, address, own).and_then(|stream| ask(stream, address))
        }
    };
    match status.map_err(|error| failed(error.to_string()))? {
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

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let step = Duration::from_secs(STEP_SECONDS_MAX);
    let stream = TcpStream::connect_timeout(&address, step)?;
    stream.set_read_timeout(Some(step))?;
    stream.set_write_timeout(Some(step))?;
    Ok(stream)
}

/// The status of `GET /healthz`.
fn ask(mut stream: impl Read + Write, address: SocketAddr) -> io::Result<u16> {
    write!(
        stream,
        "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    stream.flush()?;
    let mut head = Vec::new();
    while head.len() < HEAD_BYTES && !head.contains(&b'\n') {
        let mut bytes = [0; HEAD_BYTES];
        match stream.read(&mut bytes)? {
            0 => break,
            count => head.extend_from_slice(&bytes[..count]),
        }
    }
    // RFC 9112 4: version, status, reason.
    let text = String::from_utf8_lossy(&head);
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::other("it does not speak HTTP"))
}

fn encrypted(
    tcp: TcpStream,
    address: SocketAddr,
    own: CertificateDer<'static>,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let pinned = Pinned {
        own,
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(pinned))
        .with_no_client_auth();
    let name = ServerName::IpAddress(address.ip().into());
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, tcp))
}

/// Takes the server's own certificate, as its file has it, and no other: whether a public
/// authority signed it, and for which name, is not this command's question.
#[derive(Debug)]
struct Pinned {
    own: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *end_entity == self.own {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
