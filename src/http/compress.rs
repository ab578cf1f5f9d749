//! Gzip (RFC 1952), for static files once and for pages each time.

use actix_web::http::header::{self, HeaderMap};
use miniz_oxide::deflate::compress_to_vec;

/// Magic, deflate, no flags, no time, no hint about the effort, unknown system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// `effort` is 1 (fast) to 10 (small).
pub(in crate::http) fn gzip(bytes: &[u8], effort: u8) -> Vec<u8> {
    let mut out = HEAD.to_vec();
    out.extend(compress_to_vec(bytes, effort));
    out.extend(crc32fast::hash(bytes).to_le_bytes());
    // The length modulo 2^32, says the format.
    let length = u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or(u32::MAX);
    out.extend(length.to_le_bytes());
    out
}

/// Whether a client takes gzip: it says so, and not with a weight of zero.
pub(in crate::http) fn takes_gzip(headers: &HeaderMap) -> bool {
    let codings = headers
        .get_all(header::ACCEPT_ENCODING)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut taken = None;
    for coding in codings {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().trim_start_matches("q=").trim();
        let wanted = weight.parse::<f32>().is_ok_and(|weight| weight > 0.0);
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => return wanted,
            "*" => taken = Some(wanted),
            _ => {}
        }
    }
    taken.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use miniz_oxide::inflate::decompress_to_vec;

    use super::*;

    #[test]
    fn what_is_compressed_can_be_read() {
        let text = b"one two one two one two".repeat(50);
        let packed = gzip(&text, 6);
        let body = &packed[HEAD.len()..packed.len() - 8];
        assert_eq!(decompress_to_vec(body).expect("deflate"), text);
        assert!(packed.len() < text.len() / 4);
    }

    #[test]
    fn who_takes_gzip_says_so() {
        let takes = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                HeaderName::from_static("accept-encoding"),
                HeaderValue::from_static(value),
            );
            takes_gzip(&headers)
        };
        assert!(takes("gzip, deflate, br"));
        assert!(takes("br;q=1.0, gzip;q=0.8"));
        assert!(takes("*"));
        assert!(!takes("br"));
        assert!(!takes("gzip;q=0, *"));
        assert!(!takes("identity"));
        assert!(!takes(""));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
