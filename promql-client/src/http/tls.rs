//! What is wrong with a certificate, or with TLS as such, in words.

use rustls::{AlertDescription, CertificateError, Error};

/// `None` where the next attempt may do better.
pub(super) fn words(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::InvalidCertificate(certificate) => of_certificate(certificate),
        Error::AlertReceived(alert) => of_alert(*alert),
        Error::InvalidMessage(_) => "it does not speak TLS: is it http:// and not https://?",
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => {
            "its versions or ciphers of TLS are not supported here"
        }
        _ => return None,
    })
}

fn of_certificate(error: &CertificateError) -> &'static str {
    use CertificateError as C;
    match error {
        C::Expired | C::ExpiredContext { .. } => "its certificate has expired",
        C::NotValidYet | C::NotValidYetContext { .. } => {
            "its certificate is not valid yet: is a clock wrong?"
        }
        C::UnknownIssuer => {
            "its certificate is of an authority that is not trusted here: give that authority's certificate (PEM)"
        }
        C::NotValidForName | C::NotValidForNameContext { .. } => {
            "its certificate is for other names: ask under one of those"
        }
        C::BadSignature => "its certificate is not signed by the authority that it names",
        C::Revoked => "its certificate was revoked",
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => {
            "its certificate is not meant for servers"
        }
        // The verifier's own errors have no type here, only a name.
        C::Other(other) => match other.0.to_string().as_str() {
            "CaUsedAsEndEntity" => {
                "its certificate is an authority's own, not a server's: it needs one without CA:TRUE"
            }
            "certificate had invalid extensions" => "its certificate is not meant for servers",
            "UnsupportedCertVersion" => {
                "its certificate is of an old version of X.509: make it one of version 3"
            }
            _ => "its certificate is not acceptable here",
        },
        _ => "its certificate is not acceptable here",
    }
}

fn of_alert(alert: AlertDescription) -> &'static str {
    use AlertDescription as A;
    match alert {
        A::HandshakeFailure | A::ProtocolVersion | A::InsufficientSecurity => {
            "it supports none of the versions and ciphers of TLS that are known here"
        }
        A::CertificateRequired
        | A::NoCertificate
        | A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateUnknown
        | A::UnknownCA => {
            "it refused the TLS connection: it may want a client's certificate, which this client does not have"
        }
        A::UnrecognisedName => "it refused the TLS connection: it does not serve this name",
        _ => "it refused the TLS connection",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::OtherError;

    use super::*;

    #[test]
    fn no_error_is_shown_as_the_library_writes_it() {
        let unknown = OtherError(Arc::new(std::io::Error::other("StrangeError(7)")));
        let certificates = [
            CertificateError::Other(unknown),
            CertificateError::BadEncoding,
            CertificateError::UnhandledCriticalExtension,
        ];
        for error in certificates.map(Error::InvalidCertificate) {
            assert_eq!(
                words(&error),
                Some("its certificate is not acceptable here")
            );
        }
        for code in 0..=u8::MAX {
            let text = words(&Error::AlertReceived(code.into())).unwrap();
            assert!(text.starts_with("it "), "{text}");
        }
    }
}
