//! `server.key`: 32 random bytes beside the database, and what is derived from them.
//!
//! Without the key a stolen database yields no usable token and no forged audit row (T-61).

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

/// Keys for three purposes, each derived under its own label, so that none says anything
/// about another.
pub struct Keys {
    tokens: hmac::Key,
    audit: hmac::Key,
    anchors: Ed25519KeyPair,
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
        Self {
            tokens: hmac::Key::new(hmac::HMAC_SHA256, &*seed("provost tokens v1")),
            audit: hmac::Key::new(hmac::HMAC_SHA256, &*seed("provost audit v1")),
            anchors,
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

    /// An Ed25519 signature, for lines that leave the database.
    pub fn sign_anchor(&self, line: &str) -> Vec<u8> {
        self.anchors.sign(line.as_bytes()).as_ref().to_vec()
    }

    /// The public half, which verifies anchors without the server.
    pub fn anchor_public_key(&self) -> Vec<u8> {
        self.anchors.public_key().as_ref().to_vec()
    }
}

fn tag(tag: &hmac::Tag) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}
