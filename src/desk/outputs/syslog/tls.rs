//! TLS to a collector (RFC 5425): whom it is trusted to be, and who this sensor is.
//!
//! Versions 1.2 and 1.3. The name of the host must be in the collector's certificate; there is
//! no way around that, and none into the clear.

use super::stream::{PATIENCE, closed};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, RootCertStore};
use std::fmt;
use std::io::{self, ErrorKind, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// The authorities that the system trusts, where none are named.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What the files of the user say; nothing where nothing goes over TLS.
#[derive(Clone, Debug, Default)]
pub struct Trust(Option<Arc<ClientConfig>>);

/// The files, in PEM.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The authorities that may have signed a collector's certificate; without them those of
    /// the system.
    pub authorities: Option<PathBuf>,
    /// The certificate of this sensor with those that lead to its authority, and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct Error {
    path: PathBuf,
    reason: String,
}

impl Trust {
    /// Reads the files.
    ///
    /// # Errors
    /// One of them cannot be read, or does not hold what it should.
    pub fn read(files: &Files) -> Result<Self, Error> {
        let place = files.authorities.as_deref();
        let place = place.unwrap_or(Path::new(AUTHORITIES));
        let refused = |path: &Path, reason: &dyn fmt::Display| Error {
            path: path.to_owned(),
            reason: reason.to_string(),
        };
        let mut roots = RootCertStore::empty();
        // Of the system's there may be some that nobody can read.
        let (added, _) = roots.add_parsable_certificates(certificates(place)?);
        if added == 0 {
            return Err(refused(
                place,
                &"no authority's certificate in it can be used",
            ));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| refused(place, &error))?
            .with_root_certificates(roots);
        let config = match &files.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates(certificate)?;
                let key_der = PrivateKeyDer::from_pem_file(key)
                    .map_err(|error| refused(key, &format_args!("no private key: {error}")))?;
                builder
                    .with_client_auth_cert(chain, key_der)
                    .map_err(|error| refused(key, &format_args!("it does not fit: {error}")))?
            }
        };
        Ok(Self(Some(Arc::new(config))))
    }

    /// The collector of this name.
    pub(super) fn peer(&self, host: &str) -> io::Result<Peer> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?;
        let config = self.0.clone().ok_or(ErrorKind::Unsupported)?;
        Ok(Peer { config, name })
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let refused = |reason: String| Error {
        path: path.to_owned(),
        reason,
    };
    let all = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| refused(format!("no certificates in PEM: {error}")))?;
    if all.is_empty() {
        return Err(refused("there is no certificate in it".to_owned()));
    }
    Ok(all)
}

/// A collector that must prove who it is.
pub(super) struct Peer {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Peer {
    /// Opens TLS over a connection.
    pub(super) fn greet(&self, stream: TcpStream) -> io::Result<Secret> {
        let connection = ClientConnection::new(Arc::clone(&self.config), self.name.clone());
        let connection = connection.map_err(io::Error::other)?;
        let mut secret = Secret { connection, stream };
        let began = Instant::now();
        while secret.connection.is_handshaking() {
            if began.elapsed() > PATIENCE {
                return Err(ErrorKind::TimedOut.into());
            }
            secret.connection.complete_io(&mut secret.stream)?;
        }
        Ok(secret)
    }

    /// Why there is no connection, in words that tell what to mend.
    pub(super) fn reason(&self, error: &io::Error) -> String {
        let inner = error.get_ref();
        let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
            return match error.kind() {
                ErrorKind::UnexpectedEof
                | ErrorKind::ConnectionAborted
                | ErrorKind::ConnectionReset
                | ErrorKind::BrokenPipe => self.closed(),
                ErrorKind::WouldBlock | ErrorKind::TimedOut => "it does not answer".to_owned(),
                _ => error.to_string(),
            };
        };
        match tls {
            rustls::Error::InvalidCertificate(wrong) => self.distrust(wrong),
            rustls::Error::InvalidMessage(_) => "it does not speak TLS at that port".to_owned(),
            rustls::Error::AlertReceived(alert) => refusal(*alert),
            other => other.to_string(),
        }
    }

    /// It has closed the connection. Some do that alone where a certificate is missing.
    fn closed(&self) -> String {
        let mut text = closed().to_string();
        if !self.config.client_auth_cert_resolver.has_certs() {
            text.push_str(": if it wants a certificate of this sensor, give it --syslog-cert");
        }
        text
    }

    /// Why the certificate of the collector is not trusted.
    fn distrust(&self, wrong: &CertificateError) -> String {
        use CertificateError as Wrong;
        match wrong {
            Wrong::UnknownIssuer => "its certificate is signed by nobody that is trusted: name \
                                     its authority with --syslog-ca"
                .to_owned(),
            Wrong::Expired | Wrong::ExpiredContext { .. } => {
                "its certificate has expired (or the clock of this sensor is wrong)".to_owned()
            }
            Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => {
                "its certificate is not valid yet (or the clock of this sensor is wrong)".to_owned()
            }
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                let name = self.name.to_str();
                format!("its certificate is not for {name}: name it as its certificate does")
            }
            other => format!("its certificate is not valid: {other}"),
        }
    }
}

/// Why a collector refuses this sensor.
fn refusal(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired => "it wants a certificate of this sensor: give it one with \
                                       --syslog-cert and --syslog-key"
            .to_owned(),
        Alert::UnknownCA
        | Alert::BadCertificate
        | Alert::CertificateExpired
        | Alert::CertificateRevoked
        | Alert::CertificateUnknown
        | Alert::UnsupportedCertificate
        | Alert::AccessDenied => format!("it refuses the certificate of this sensor ({alert:?})"),
        other => format!("it refuses ({other:?})"),
    }
}

/// A connection that only its two ends can read.
pub(super) struct Secret {
    connection: ClientConnection,
    stream: TcpStream,
}

impl Secret {
    /// Sends octets; they are with the system when this returns.
    pub(super) fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        let mut tls = rustls::Stream::new(&mut self.connection, &mut self.stream);
        tls.write_all(octets)?;
        tls.flush()
    }

    /// Takes what the other end says of the connection itself: a collector tells only here that
    /// it refuses a certificate.
    pub(super) fn look(&mut self) -> io::Result<()> {
        self.stream.set_nonblocking(true)?;
        let read = self.take();
        self.stream.set_nonblocking(false)?;
        read
    }

    fn take(&mut self) -> io::Result<()> {
        loop {
            match self.connection.read_tls(&mut self.stream) {
                Ok(0) => return Err(closed()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
            let state = self.connection.process_new_packets();
            let state = state.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            if state.peer_has_closed() {
                return Err(closed());
            }
        }
    }

    /// Says that nothing comes any more; the connection below, to wait for its end.
    pub(super) fn bye(mut self) -> io::Result<TcpStream> {
        self.connection.send_close_notify();
        self.connection.complete_io(&mut self.stream)?;
        Ok(self.stream)
    }
}
