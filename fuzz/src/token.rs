//! Token texts, and the Authorization header that carries one. The first byte chooses: an even
//! one makes a token of the rest, an odd one reads the rest.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use provost::domain::token::{TokenOwner, TokenSecret};
use provost::http::caller::bearer;

pub fn run(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    if choice.is_multiple_of(2) {
        issued(choice, rest);
    } else {
        read(rest);
    }
}

/// What is issued is read back, and no neighbour of it is.
fn issued(choice: u8, random: &[u8]) {
    let owners = [
        TokenOwner::Connection,
        TokenOwner::Account,
        TokenOwner::Member,
    ];
    let mut bytes = [0; TokenSecret::RANDOM_BYTES];
    for (byte, random) in bytes.iter_mut().zip(random) {
        *byte = *random;
    }
    let owner = owners[usize::from(choice / 2) % owners.len()];
    let Some(secret) = TokenSecret::issue(owner, &bytes) else {
        return;
    };
    let text = secret.reveal();
    assert!(text.starts_with(owner.prefix()) && text.ends_with(secret.hint()));
    assert_eq!(format!("{secret:?}"), "TokenSecret(…)");
    let again = TokenSecret::parse(text);
    assert_eq!(again.as_ref().map(TokenSecret::reveal), Some(text));
    for at in 0..text.len() {
        let mut changed = text.to_owned().into_bytes();
        changed[at] ^= 1;
        let changed = String::from_utf8(changed).expect("ASCII stays ASCII");
        assert!(TokenSecret::parse(&changed).is_none(), "{changed}");
    }
    let headers = authorization(format!("Bearer {text}").as_bytes()).expect("a header's value");
    assert!(bearer(&headers).is_ok_and(|read| read.reveal() == text));
}

fn read(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Some(secret) = TokenSecret::parse(text)
    {
        assert_eq!(secret.reveal(), text);
        assert_eq!(text.len(), 50);
    }
    let Some(headers) = authorization(data) else {
        return;
    };
    if let Ok(secret) = bearer(&headers) {
        let sent = String::from_utf8_lossy(data).into_owned();
        assert!(sent.contains(secret.reveal()), "{sent}");
        assert!(sent.len() >= "Bearer ".len() + 50, "{sent}");
        // Whoever sends two is not believed in either.
        let mut twice = headers.clone();
        let value = HeaderValue::from_static("Bearer x");
        twice.append(AUTHORIZATION, value);
        assert!(bearer(&twice).is_err());
    }
}

fn authorization(value: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_bytes(value).ok()?);
    Some(headers)
}
