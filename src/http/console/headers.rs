//! The headers of every page (console-wide, so that no handler can forget one).

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// No script or style but our files, no frame, and no text becomes markup but through the one
/// policy of `console.js`.
const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; \
    trusted-types provost";

const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), \
    encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), \
    idle-detection=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    picture-in-picture=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=(), \
    publickey-credentials-create=(self), publickey-credentials-get=(self)";

/// A browser that follows a link out of the console tells nobody where it was. To ourselves it
/// does: with `no-referrer` it would send `Origin: null` with every form, and T-27's comparison
/// of Origin would refuse all of them.
const REFERRER: &str = "same-origin";

const EVERY_PAGE: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::REFERRER_POLICY, REFERRER),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
];

/// Adds to a page what every page has; `secure`: it goes out over TLS. Anything but a page is
/// left as it is.
pub(in crate::http) fn complete(headers: &mut HeaderMap, secure: bool) {
    let page = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !page {
        return;
    }
    for (name, value) in EVERY_PAGE {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if secure {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
}
