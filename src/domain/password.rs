//! What makes a password good enough (T-22): long, and not what everybody tries first. No rules
//! about kinds of characters, and no end by age.

mod common;

use std::fmt;

use icu_normalizer::ComposingNormalizer;
use zeroize::Zeroizing;

use super::error::{Error, Result};
use super::reason::Reason;
use super::text::fold;

pub const CHARS_MIN: usize = 15;
pub const CHARS_MAX: usize = 128;
/// What is longer is refused before anything is computed.
pub const BYTES_MAX: usize = 1024;

/// Characters that must be left of a password without the words that everybody can guess.
const REST_CHARS_MIN: usize = 8;
/// Different characters that a password has at least.
const DIFFERENT_CHARS_MIN: usize = 5;
/// Words that guesses are made of.
const COMMON_WORDS: &[&str] = &[
    "provost",
    "password",
    "passwort",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "welcome",
    "letmein",
    "administrator",
    "admin",
    "changeme",
    "secret",
    "iloveyou",
    "trustno1",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "batman",
    "dragon",
    "monkey",
    "master",
    "shadow",
    "qwertyuiop",
    "qwerty",
    "asdfghjkl",
    "zxcvbnm",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "0123456789",
    "1234567890",
    "123456789",
    "12345678",
    "1234567",
    "123456",
    "12345",
    "1234",
    "9876543210",
    "987654321",
    "abcdefghijklmnopqrstuvwxyz",
    "abcdefgh",
    "abcdef",
    "abc123",
    "correcthorsebatterystaple",
    "summer",
    "winter",
    "spring",
    "autumn",
    "default",
    "login",
    "company",
    "console",
    "2023",
    "2024",
    "2025",
    "2026",
    "2027",
];

/// A password as it was typed, in composed form. It has no `Display`, `Serialize` or `Clone`.
pub struct Password(Zeroizing<String>);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Password {
    /// Of whoever signs in; `None`: so long that it is nobody's.
    pub fn typed(text: &str) -> Option<Self> {
        let fits = text.len() <= BYTES_MAX;
        // Keyboards differ in how they compose a letter, and people must not need to care.
        let composed = || ComposingNormalizer::new_nfc().normalize(text).into_owned();
        fits.then(|| Self(Zeroizing::new(composed())))
    }

    /// A new one; `context` are words that others know of its owner, such as their address.
    ///
    /// Errors: `Invalid`, with what is wrong.
    pub fn choose(text: &str, context: &[&str]) -> Result<Self> {
        let refuse = |message: String| Error::invalid(Reason::InvalidValue, message);
        let password = Self::typed(text);
        let chars = text.chars().count();
        let password = password.filter(|_| chars <= CHARS_MAX).ok_or_else(|| {
            refuse(format!(
                "The password is longer than {CHARS_MAX} characters; choose a shorter one."
            ))
        })?;
        let chars = password.0.chars().count();
        if chars < CHARS_MIN {
            return Err(refuse(format!(
                "The password has {chars} characters and needs {CHARS_MIN}; a few words in a row \
                 are easy to remember."
            )));
        }
        if is_guessable(&password.0, context) {
            return Err(refuse(
                "The password is among the first that somebody would try; choose words that have \
                 nothing to do with you, this server or the keyboard."
                    .to_owned(),
            ));
        }
        Ok(password)
    }

    /// For hashing.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

fn is_guessable(password: &str, context: &[&str]) -> bool {
    let folded = Zeroizing::new(fold(password));
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < DIFFERENT_CHARS_MIN || repeats(&folded) || common::makes_up(&folded) {
        return true;
    }
    let mut rest = folded;
    let parts = |text: &&str| -> Vec<String> {
        let folded = fold(text);
        let words = folded.split(|c: char| !c.is_alphanumeric());
        let words: Vec<String> = words.map(str::to_owned).collect();
        [vec![folded], words].concat()
    };
    let mut words: Vec<String> = context.iter().flat_map(parts).collect();
    words.extend(COMMON_WORDS.iter().map(|word| (*word).to_owned()));
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in words.iter().filter(|word| word.chars().count() >= 3) {
        rest = Zeroizing::new(rest.replace(word.as_str(), ""));
    }
    let left = rest.chars().filter(|c| c.is_alphanumeric()).count();
    left < REST_CHARS_MIN && rest.len() < password.len()
}

/// One short piece over and over.
fn repeats(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / 2).any(|piece| {
        let again = chars.iter().zip(chars.iter().skip(piece));
        again.into_iter().all(|(a, b)| a == b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str) -> Result<Password> {
        Password::choose(text, &["ada.lovelace@example.com", "Analytical Engines"])
    }

    #[test]
    fn a_few_words_are_good_whatever_they_are_made_of() {
        for good in [
            "four lamps over the harbour",
            "vier Lampen über dem Hafen",
            "k7#Vq2!mZx9@Lw4$",
            "correct lamp of the horse harbour",
            // Three of the list, and two with a tail of their own.
            "garfield scooby dolphin",
            "garfield scooby w7h2",
        ] {
            assert!(choose(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for bad in [
            "short",
            "fourteen chars",
            "aaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "password123456789",
            "Provost-Administrator-2026",
            "ada.lovelace@example.com",
            "Ada Lovelace 12345!",
            "Analytical Engines 1",
            "qwertyuiopasdfghjkl",
            "correcthorsebatterystaple",
            // Two of the list, as they are, apart, in leet, and with a little more.
            "scoobydoogarfield",
            "Scooby-Doo & Garfield",
            "$c00byd00g4rf13ld",
            "garfield12scooby!x",
            "mailcreated5240",
            "1qaz2wsx3edc4rfv",
        ] {
            assert!(choose(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn both_ends_of_the_length_are_exact() {
        let of =
            |chars: usize| -> String { "four lamps over ".chars().cycle().take(chars).collect() };
        assert!(choose(&("x7 ".to_owned() + &of(12))).is_ok());
        assert!(choose(&("x7 ".to_owned() + &of(11))).is_err());
        let long = |chars: usize| {
            let words: Vec<String> = (0..40).map(|i| format!("w{}", i * 37)).collect();
            words.join(" ").chars().take(chars).collect::<String>()
        };
        assert!(choose(&long(128)).is_ok());
        assert!(choose(&long(129)).is_err());
        assert!(Password::typed(&"x".repeat(1025)).is_none());
    }

    #[test]
    fn a_letter_and_its_accent_are_one_however_they_were_typed() {
        let typed = |text| Password::typed(text).expect("a password");
        assert_eq!(typed("u\u{308}ber").reveal(), typed("\u{fc}ber").reveal());
    }
}
