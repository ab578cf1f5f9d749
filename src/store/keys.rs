//! `server.key`: 32 random bytes beside the database, and what is derived from them.
//!
//! Without the key a stolen database yields no usable token and no forged audit row (T-61).

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

/// Keys for several purposes, each derived under its own label, so that none says anything
/// about another.
pub struct Keys {
    tokens: hmac::Key,
    audit: hmac::Key,
    anchors: Ed25519KeyPair,
    cursors: LessSafeKey,
    secrets: LessSafeKey,
    pepper: hmac::Key,
    forms: hmac::Key,
}

impl Keys {
    pub const SECRET_BYTES: usize = 32;

    /// # Panics
    ///
    /// Never: every 32 bytes are a seed.
    pub fn derive(secret: &[u8; Self::SECRET_BYTES]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let seed = |label: &str| {
            let tag = hmac::sign(&root, label.as_bytes());
            let mut seed = Zeroizing::new([0_u8; 32]);
            seed.copy_from_slice(tag.as_ref());
            seed
        };
        let anchors = Ed25519KeyPair::from_seed_unchecked(&*seed("provost anchors v1"))
            .expect("every 32 bytes are an Ed25519 seed");
        let sealing = |label: &str| {
            let key = UnboundKey::new(&AES_256_GCM_SIV, &*seed(label))
                .expect("the key has the length of its algorithm");
            LessSafeKey::new(key)
        };
        Self {
            tokens: hmac::Key::new(hmac::HMAC_SHA256, &*seed("provost tokens v1")),
            audit: hmac::Key::new(hmac::HMAC_SHA256, &*seed("provost audit v1")),
            anchors,
            cursors: sealing("provost cursors v1"),
            secrets: sealing("provost secrets v1"),
            pepper: hmac::Key::new(hmac::HMAC_SHA256, &*seed("provost passwords v1")),
            forms: hmac::Key::new(hmac::HMAC_SHA256, &*seed("provost forms v1")),
        }
    }

    /// What is stored of a token: a keyed hash. The token has 238 random bits, so a fast
    /// hash is enough (T-11).
    pub fn hash_token(&self, token: &str) -> [u8; 32] {
        tag(&hmac::sign(&self.tokens, token.as_bytes()))
    }

    /// The next link of the audit chain, over all parts in order.
    pub fn chain(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.audit);
        for part in parts {
            context.update(part);
        }
        tag(&context.sign())
    }

    /// Encrypts and authenticates what a client keeps for us, such as a place in a list, for
    /// `about` alone. The same text gives the same bytes: AES-GCM-SIV (RFC 8452) is made to
    /// stand a nonce that repeats, and then tells nothing but that two are equal.
    pub fn seal(&self, about: &[u8], text: &[u8]) -> Vec<u8> {
        sealed(&self.cursors, about, text)
    }

    /// What [`Keys::seal`] sealed for the same `about`; `None` for anything else.
    pub fn unseal(&self, about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        opened(&self.cursors, about, sealed)
    }

    /// The same for what the database keeps and must be read again, such as the secret of an
    /// authenticator (T-62).
    pub fn seal_secret(&self, about: &[u8], secret: &[u8]) -> Vec<u8> {
        sealed(&self.secrets, about, secret)
    }

    pub fn unseal_secret(&self, about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        opened(&self.secrets, about, sealed).map(Zeroizing::new)
    }

    /// What of a password is hashed: without this key not even a guess can be tried (T-20).
    pub fn pepper(&self, password: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(tag(&hmac::sign(&self.pepper, password.as_bytes())))
    }

    /// The token of a browser's forms, which only a page of ours can know: `about` is the hash
    /// of the browser's cookie.
    pub fn form_token(&self, about: &[u8]) -> [u8; 32] {
        tag(&hmac::sign(&self.forms, about))
    }

    /// Whether `token` is that of [`Keys::form_token`]; as quick for every wrong one.
    pub fn is_form_token(&self, about: &[u8], token: &[u8]) -> bool {
        hmac::verify(&self.forms, about, token).is_ok()
    }

    /// An Ed25519 signature, for lines that leave the database.
    pub fn sign_anchor(&self, line: &str) -> Vec<u8> {
        self.anchors.sign(line.as_bytes()).as_ref().to_vec()
    }

    /// The public half, which verifies anchors without the server.
    pub fn anchor_public_key(&self) -> Vec<u8> {
        self.anchors.public_key().as_ref().to_vec()
    }
}

/// The same text gives the same bytes, which AES-GCM-SIV stands.
fn sealed(key: &LessSafeKey, about: &[u8], text: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let sealed = key.seal_in_place_append_tag(nonce, Aad::from(about), &mut bytes);
    // It fails for texts of gigabytes alone; nothing opens what is empty.
    sealed.map_or_else(|_| Vec::new(), |()| bytes)
}

fn opened(key: &LessSafeKey, about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let opened = key.open_in_place(nonce, Aad::from(about), &mut bytes);
    let length = opened.ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

fn tag(tag: &hmac::Tag) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sealed_for_it_is_unsealed() {
        let keys = Keys::derive(&[7; 32]);
        let sealed = keys.seal(b"a list", b"a place");
        assert_eq!(sealed.len(), 7 + 16);
        let opened = keys.unseal(b"a list", &sealed);
        assert_eq!(opened.as_deref(), Some(b"a place".as_slice()));
        assert_eq!(keys.unseal(b"another", &sealed), None);
        assert_eq!(Keys::derive(&[8; 32]).unseal(b"a list", &sealed), None);
        for at in 0..sealed.len() {
            let mut edited = sealed.clone();
            edited[at] ^= 1;
            assert_eq!(keys.unseal(b"a list", &edited), None, "{at}");
        }
        for length in 0..sealed.len() {
            assert_eq!(keys.unseal(b"a list", &sealed[..length]), None);
        }
        assert_eq!(keys.unseal(b"", &[]), None);
    }
}
