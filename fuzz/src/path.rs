//! The path of a PATCH operation: read, printed, read again, and looked up in the schema.

use provost::scim::path::{PATH_BYTES_MAX, Path};
use provost::scim::schema::{ResourceType, resolve};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(path) = Path::parse(text) else {
        return;
    };
    let printed = path.to_string();
    if printed.len() <= PATH_BYTES_MAX {
        let again = Path::parse(&printed);
        assert_eq!(again.as_ref(), Ok(&path), "printed as {printed}");
    }
    for resource in [ResourceType::User, ResourceType::Group] {
        let found = resolve(resource, &path.attr);
        let shouted = text.to_ascii_uppercase();
        // Names have no letter case (RFC 7643 2.1); operators and literals stand in brackets.
        if path.filter.is_none() {
            let shouted = Path::parse(&shouted).ok();
            let also = shouted.and_then(|path| resolve(resource, &path.attr));
            assert_eq!(found, also, "{text} in capitals");
        }
    }
}
