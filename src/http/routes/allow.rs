//! The methods that a path has.

use std::sync::LazyLock;

use super::{Door, Route, all};

/// The methods of a path, as the Allow header lists them (RFC 9110 10.2.1).
pub(super) fn allow(door: Door, path: &str) -> &'static str {
    static ALLOWED: LazyLock<Vec<String>> = LazyLock::new(|| {
        let methods = |of: &Route| -> Vec<&str> {
            let same = |route: &&Route| route.door == of.door && route.path == of.path;
            all().filter(same).map(|route| route.method).collect()
        };
        all().map(|route| methods(route).join(", ")).collect()
    });
    let place = all().position(|route| route.door == door && route.path == path);
    place
        .and_then(|place| ALLOWED.get(place))
        .map_or("", String::as_str)
}
