//! Codes of authenticators (RFC 6238): SHA-1, six digits, thirty seconds, which is what they
//! all support.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

/// 160 bits, as RFC 4226 4 recommends.
pub const SECRET_BYTES: usize = 20;
const STEP_MS: i64 = 30_000;
/// Steps before and after the current one whose codes are taken: clocks differ.
const STEPS_ASIDE: i64 = 1;

/// What an authenticator and the server share.
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl TotpSecret {
    pub fn from_bytes(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(in crate::store) fn of_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }

    pub(in crate::store) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// As it is typed into an authenticator.
    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&*self.0))
    }

    /// What the QR code says (the format of Google Authenticator's key URIs).
    pub fn to_uri(&self, issuer: &str, email: &str) -> Zeroizing<String> {
        let (issuer, email) = (escaped(issuer), escaped(email));
        let secret = self.to_base32();
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{email}?secret={}&issuer={issuer}",
            *secret
        ))
    }

    /// The step whose code this is, when it is one of those around `now_ms`.
    pub fn matching_step(&self, code: &str, now_ms: i64) -> Option<i64> {
        let code: Vec<u8> = code.bytes().filter(|b| *b != b' ').collect();
        let now = now_ms / STEP_MS;
        let mut found = None;
        for step in now - STEPS_ASIDE..=now + STEPS_ASIDE {
            let expected = self.code(step);
            if verify_slices_are_equal(expected.as_bytes(), &code).is_ok() {
                found = Some(step);
            }
        }
        found
    }

    /// The code of the moment: for tests, and for nobody else.
    pub fn code_at(&self, now_ms: i64) -> String {
        self.code(now_ms / STEP_MS)
    }

    fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &*self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        // RFC 4226 5.3: the last four bits say where the number begins.
        let at = tag.last().map_or(0, |last| usize::from(last & 15));
        let mut number = [0; 4];
        number.copy_from_slice(&tag[at..at + 4]);
        let number = u32::from_be_bytes(number) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

fn escaped(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().code_at(seconds * 1000), code);
        }
    }

    #[test]
    fn a_code_is_good_a_step_earlier_and_later_and_no_further() {
        let now = 1_795_000_000_000;
        let code = secret().code_at(now);
        for (steps, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = secret().matching_step(&code, now + steps * STEP_MS);
            assert_eq!(found.is_some(), good, "{steps}");
        }
        assert!(secret().matching_step("", now).is_none());
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(secret().matching_step(&spaced, now), Some(now / STEP_MS));
    }

    #[test]
    fn the_uri_names_the_server_and_the_person() {
        let uri = secret().to_uri("Provost corp", "ada@example.com");
        assert_eq!(
            uri.as_str(),
            "otpauth://totp/Provost%20corp:ada@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Provost%20corp"
        );
    }
}
