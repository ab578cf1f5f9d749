//! Whether a Provost answers at an address: `GET /healthz`, and nothing else is ever asked.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme,
    StreamOwned,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// How long the server may take over each step.
const STEP_SECONDS_MAX: u64 = 5;
/// Enough for the status line.
const HEAD_BYTES: usize = 64;
/// Addresses of a name that are tried.
const ADDRESSES_MAX: usize = 4;

/// The status that the server at `address` answers, whose certificate must be `own`; `None`: it
/// speaks plain HTTP.
pub fn at_address(address: SocketAddr, own: Option<CertificateDer<'static>>) -> io::Result<u16> {
    let tcp = connect(address)?;
    let host = address.to_string();
    match own {
        None => ask(tcp, &host),
        Some(own) => {
            let name = ServerName::IpAddress(address.ip().into());
            ask(encrypted(tcp, name, Some(own))?, &host)
        }
    }
}

/// The status that is answered at a base URL, whatever certificate is shown there.
pub fn at_url(url: &str) -> io::Result<u16> {
    let no_url = || io::Error::new(io::ErrorKind::InvalidInput, "it is no URL");
    let (scheme, authority) = url.split_once("://").ok_or_else(no_url)?;
    let tls = scheme == "https";
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let full = match (has_port, tls) {
        (true, _) => authority.to_owned(),
        (false, true) => format!("{authority}:443"),
        (false, false) => format!("{authority}:80"),
    };
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in full.to_socket_addrs()?.take(ADDRESSES_MAX) {
        match connect(address) {
            Ok(tcp) if !tls => return ask(tcp, authority),
            Ok(tcp) => {
                let host = full.rsplit_once(':').map_or(authority, |(host, _)| host);
                let host = host.trim_matches(['[', ']']).to_owned();
                let name = ServerName::try_from(host).map_err(io::Error::other)?;
                return ask(encrypted(tcp, name, None)?, authority);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let step = Duration::from_secs(STEP_SECONDS_MAX);
    let stream = TcpStream::connect_timeout(&address, step)?;
    stream.set_read_timeout(Some(step))?;
    stream.set_write_timeout(Some(step))?;
    Ok(stream)
}

/// The status of `GET /healthz`.
fn ask(mut stream: impl Read + Write, host: &str) -> io::Result<u16> {
    write!(
        stream,
        "GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
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
    name: ServerName<'static>,
    own: Option<CertificateDer<'static>>,
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
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, tcp))
}

/// Takes the server's own certificate and no other, or any: whether a public authority signed
/// it, and for which name, is not the question here.
#[derive(Debug)]
struct Pinned {
    own: Option<CertificateDer<'static>>,
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
        match &self.own {
            Some(own) if end_entity != own => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            Some(_) | None => Ok(ServerCertVerified::assertion()),
        }
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
