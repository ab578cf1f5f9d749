//! Answers of the SCIM door.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Bytes;

use crate::scim::MEDIA_TYPE;

/// A body that is complete.
pub fn json(body: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(MEDIA_TYPE)
        .body(body.into())
}

/// A resource, with its version.
pub fn resource(status: StatusCode, version: &str, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(MEDIA_TYPE)
        .insert_header((header::ETAG, version))
        .body(body)
}

/// A resource that was made; Location is its `meta.location` (RFC 7644 3.3).
pub fn created(location: String, version: &str, body: String) -> HttpResponse {
    HttpResponse::Created()
        .content_type(MEDIA_TYPE)
        .insert_header((header::LOCATION, location))
        .insert_header((header::ETAG, version))
        .body(body)
}

/// It is as the client has it already.
pub fn not_modified(version: &str) -> HttpResponse {
    HttpResponse::NotModified()
        .insert_header((header::ETAG, version))
        .finish()
}

/// It was changed, and showing it would cost more than the change did. The new version goes
/// along.
pub fn changed(version: &str) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ETAG, version))
        .finish()
}

/// It is gone.
pub fn deleted() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
