//! Static files: in the binary, named by their content, compressed once.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

use super::compress::{gzip, takes_gzip};
use super::console::error::ConsoleError;
use super::scim::error::HttpFault;

/// The address says the content, so it never changes.
const CACHED: &str = "public, max-age=31536000, immutable";
const SAME_ORIGIN: (HeaderName, &str) = (
    HeaderName::from_static("cross-origin-resource-policy"),
    "same-origin",
);
/// The bytes of SHA-256 that stand in an address.
const HASH_BYTES: usize = 8;
/// Files are compressed once, so it may take its time.
const EFFORT: u8 = 9;

struct Source {
    /// The name by which templates and the stylesheet ask for it.
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! sources {
    ($($name:literal $path:literal $media_type:literal;)*) => {
        const SOURCES: &[Source] = &[$(Source {
            name: $name,
            media_type: $media_type,
            bytes: include_bytes!(concat!("../../static/", $path)),
        }),*];
        #[cfg(test)]
        const PATHS: &[&str] = &[$($path),*];
    };
}

// What others name comes before what names it: addresses are put into the stylesheet.
sources! {
    "inter-latin.woff2" "vendor/inter-latin.woff2" "font/woff2";
    "inter.txt" "vendor/inter.txt" "text/plain; charset=utf-8";
    "lucide.txt" "vendor/lucide.txt" "text/plain; charset=utf-8";
    "favicon.svg" "favicon.svg" "image/svg+xml";
    "icons.svg" "icons.svg" "image/svg+xml";
    "console.js" "console.js" "text/javascript; charset=utf-8";
    "console.css" "console.css" "text/css; charset=utf-8";
}

struct Asset {
    name: &'static str,
    media_type: &'static str,
    url: String,
    etag: String,
    plain: Vec<u8>,
    /// `None` for what is compressed by its own format.
    packed: Option<Vec<u8>>,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut made: Vec<Asset> = Vec::new();
    for source in SOURCES {
        let asset = make(source, &made);
        made.push(asset);
    }
    made
});

fn make(source: &Source, made: &[Asset]) -> Asset {
    let mut plain = source.bytes.to_vec();
    if source.media_type.starts_with("text/css")
        && let Ok(text) = std::str::from_utf8(source.bytes)
    {
        let text = made.iter().fold(text.to_owned(), |text, asset| {
            let quoted = |inner: &str| format!("url(\"{inner}\")");
            text.replace(&quoted(asset.name), &quoted(&asset.url))
        });
        plain = text.into_bytes();
    }
    let hash = HEXLOWER.encode(&digest(&SHA256, &plain).as_ref()[..HASH_BYTES]);
    let (stem, extension) = source.name.rsplit_once('.').unwrap_or((source.name, ""));
    let packed = (extension != "woff2").then(|| gzip(&plain, EFFORT));
    Asset {
        name: source.name,
        media_type: source.media_type,
        url: format!("/static/{stem}.{hash}.{extension}"),
        etag: hash,
        plain,
        packed,
    }
}

/// Where a static file is; nothing for a name that is none, which a test finds in templates.
pub fn url(name: &str) -> &'static str {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    asset.map_or("", |asset| asset.url.as_str())
}

/// `GET /static/{file}`.
pub async fn serve(req: HttpRequest) -> Result<HttpResponse, ConsoleError> {
    let asset = ASSETS.iter().find(|asset| asset.url == req.path());
    let asset = asset.ok_or(HttpFault::RouteUnknown)?;
    let packed = asset
        .packed
        .as_deref()
        .filter(|_| takes_gzip(req.headers()));
    // Two representations, two tags (RFC 9110 8.8.3).
    let etag = match packed {
        Some(_) => format!("\"{}-gz\"", asset.etag),
        None => format!("\"{}\"", asset.etag),
    };
    let known = req
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let status = if known {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    };
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::ETAG, etag));
    answer.insert_header((header::CACHE_CONTROL, CACHED));
    answer.insert_header(SAME_ORIGIN);
    if asset.packed.is_some() {
        answer.insert_header((header::VARY, "Accept-Encoding"));
    }
    if known {
        return Ok(answer.finish());
    }
    answer.content_type(asset.media_type);
    if packed.is_some() {
        answer.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(answer.body(packed.unwrap_or(&asset.plain)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn walk(folder: &Path, found: &mut Vec<String>, root: &Path) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found, root);
            } else {
                let name = path.strip_prefix(root).expect("below it");
                found.push(name.display().to_string());
            }
        }
    }

    #[test]
    fn the_table_is_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("static");
        let mut found = Vec::new();
        walk(&root, &mut found, &root);
        let mut listed: Vec<String> = PATHS.iter().map(|path| (*path).to_owned()).collect();
        found.sort();
        listed.sort();
        assert_eq!(listed, found);
    }

    #[test]
    fn the_stylesheet_names_files_by_their_addresses() {
        let css = ASSETS.last().expect("the stylesheet");
        let text = std::str::from_utf8(&css.plain).expect("a text");
        assert!(text.contains(&format!("url(\"{}\")", url("inter-latin.woff2"))));
        for (at, _) in text.match_indices("url(\"") {
            let rest = &text[at + 5..];
            assert!(rest.starts_with("/static/") || rest.starts_with("data:"));
        }
    }

    #[test]
    fn the_first_view_is_small() {
        let wire = |name: &str| {
            let asset = ASSETS.iter().find(|asset| asset.name == name);
            let packed = asset.and_then(|asset| asset.packed.as_ref());
            packed.map_or(usize::MAX, Vec::len)
        };
        let total = wire("console.css") + wire("console.js") + wire("icons.svg");
        assert!(total < 25 * 1024, "{total} bytes");
    }
}
