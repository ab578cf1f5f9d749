//! Names that begin with the account's reserved prefix, or only look so.

use std::sync::LazyLock;

use icu_normalizer::{ComposingNormalizer, ComposingNormalizerBorrowed};
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{
    CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed,
};

use super::error::Error;
use super::reason::Reason;
use super::text::fold;

static NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfkc();
static CATEGORY: LazyLock<CodePointMapDataBorrowed<'static, GeneralCategory>> =
    LazyLock::new(CodePointMapData::<GeneralCategory>::new);
static IGNORABLE: LazyLock<CodePointSetDataBorrowed<'static>> =
    LazyLock::new(CodePointSetData::new::<DefaultIgnorableCodePoint>);
static WHITE_SPACE: LazyLock<CodePointSetDataBorrowed<'static>> =
    LazyLock::new(CodePointSetData::new::<WhiteSpace>);

/// Characters that look like a Latin letter and are not made one by NFKC. C and F, the
/// letters of the default prefix, are as complete as the fonts in use need; the others hold
/// what Cyrillic, Greek, Armenian, Cherokee, Lisu and Coptic offer.
const LOOKALIKES: &[(char, &str)] = &[
    ('a', "АаΑαᎪꓮɑⲀⲁᗅꭺᴀ"),
    ('b', "ВвΒβᏴꓐЬьᗷ"),
    (
        'c',
        "СсϹϲᏟꓚꮯᴄⲤⲥ\u{10302}\u{102a2}\u{10415}\u{1043d}\u{1051c}\u{118e9}\u{118f2}ↅ",
    ),
    ('d', "ԁᎠꓓⅾᗞᴅ"),
    ('e', "ЕеΕεᎬꓰҽᴇⲈ"),
    (
        'f',
        "ϜϝſẝꓝꞘꞙքᖴꬵꜰƑƒҒғӺӻ\u{118a2}\u{118c2}\u{10287}\u{102a5}\u{10525}\u{1d213}",
    ),
    ('g', "ԌԍᏀꓖɡɢց"),
    ('h', "НнΗᎻꓧһʜⲎ"),
    ('i', "ІіΙιӀӏᏆꓲıɪⲒ"),
    ('j', "ЈјᎫꓙᴊ"),
    ('k', "КкΚκᏦꓗᴋⲔ"),
    ('l', "ᏞꓡʟⅬⳐ"),
    ('m', "МмΜᎷꓟᴍⲘ"),
    ('n', "ΝꓠɴⲚո"),
    ('o', "ОоΟοՕօꓳᴏⲞⲟ"),
    ('p', "РрΡρᏢꓑᴘⲢⲣ"),
    ('q', "Ԛԛգ"),
    ('r', "ᎡᏒꓣʀг"),
    ('s', "ЅѕՏᏚꓢꜱ"),
    ('t', "ТтΤτᎢꓔᴛⲦ"),
    ('u', "Սսꓴᴜυ"),
    ('v', "ѴѵᏙꓦνᴠ"),
    ('w', "ԜԝᎳꓪᴡɯ"),
    ('x', "ХхΧχꓫⲬ"),
    ('y', "УуΥүҮꓬʏⲨ"),
    ('z', "ΖᏃꓜᴢⲌ"),
];

/// Letters in circles, squares and flags, which NFKC leaves alone: from, to, first letter.
const ENCLOSED: &[(u32, u32)] = &[(0x1f150, 0x1f169), (0x1f170, 0x1f189), (0x1f1e6, 0x1f1ff)];

/// The Latin letter that `c` looks like, if it is another character.
fn looks_like(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    let code = u32::from(c);
    for &(first, last) in ENCLOSED {
        if (first..=last).contains(&code) {
            return char::from_u32(code - first + u32::from('a'));
        }
    }
    let row = LOOKALIKES.iter().find(|(_, alike)| alike.contains(c))?;
    Some(row.0)
}

/// Whether nothing is seen of it: control and format characters, marks, fillers.
pub(in crate::domain) fn is_invisible(c: char) -> bool {
    IGNORABLE.contains(c)
        || matches!(
            CATEGORY.get(c),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::NonspacingMark
                | GeneralCategory::EnclosingMark
        )
}

/// Whether it is a space, but not the one that keyboards make.
pub(in crate::domain) fn is_special_space(c: char) -> bool {
    // U+2800, the Braille pattern without dots, is a space to the eye.
    c != ' ' && (WHITE_SPACE.contains(c) || c == '\u{2800}')
}

/// Whether it is a dash, but not the hyphen that keyboards make.
pub(in crate::domain) fn is_special_dash(c: char) -> bool {
    // The minus sign, the hyphen bullet and the modifier letter are no punctuation.
    let is_dash = CATEGORY.get(c) == GeneralCategory::DashPunctuation
        || matches!(c, '\u{2212}' | '\u{2043}' | '\u{02d7}');
    c != '-' && is_dash
}

/// What a character that is no ASCII looks like in Latin letters, if it does; else itself.
pub(in crate::domain) fn latin(c: char) -> String {
    if let Some(letter) = looks_like(c) {
        return letter.to_string();
    }
    let mut text = [0; 4];
    let plain = NFKC.normalize(c.encode_utf8(&mut text)).into_owned();
    plain.chars().map(|c| looks_like(c).unwrap_or(c)).collect()
}

/// What a reader sees: look-alikes as Latin letters, compatibility forms as plain ones, no
/// letter case, nothing invisible, no white space in front.
pub fn skeleton(text: &str) -> String {
    let alike =
        |text: &str| -> String { text.chars().map(|c| looks_like(c).unwrap_or(c)).collect() };
    let visible = |c: &char| !is_invisible(*c);
    // Twice, since NFKC takes some look-alikes for others (ſ is s to it), and makes
    // look-alikes of mathematical and full-width letters.
    let plain = alike(&NFKC.normalize(&alike(text)));
    let seen: String = fold(&plain).chars().filter(visible).collect();
    let seen = alike(&seen);
    seen.trim_start_matches(|c| c == ' ' || is_special_space(c))
        .to_owned()
}

/// Whether `name` begins with `prefix`, letter case aside, or looks as if it did. An empty
/// prefix reserves nothing.
pub fn looks_reserved(name: &str, prefix: &str) -> bool {
    let prefix = skeleton(prefix);
    !prefix.is_empty() && skeleton(name).starts_with(&prefix)
}

/// The error for a name that [`looks_reserved`]: says why, and proposes a name that is free
/// of it.
pub fn refusal(name: &str, prefix: &str) -> Error {
    let shown: String = name.chars().take(120).collect();
    Error::invalid(
        Reason::ReservedPrefix,
        format!(
            "The group name \"{shown}\" begins with, or looks like, the reserved prefix \
             {prefix}, which is kept for legacy role groups; rename the group, for example to \
             \"{}\".",
            proposal(&shown, prefix)
        ),
    )
}

/// What is left without the prefix where that is a name, else the name behind a word.
fn proposal(name: &str, prefix: &str) -> String {
    let rest = after_prefix(name, prefix);
    let bare = without_account(rest.trim_start_matches(is_separator)).trim();
    let is_name = rest.starts_with(is_separator) && bare.chars().any(char::is_alphanumeric);
    if is_name && !looks_reserved(bare, prefix) {
        return bare.to_owned();
    }
    ["Team", "Our", "Group", "People"]
        .iter()
        .map(|word| format!("{word} {}", name.trim()))
        .find(|proposed| !looks_reserved(proposed, prefix))
        .unwrap_or_else(|| format!("1 {}", name.trim()))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '.' | ':' | '/' | '|' | '–' | '—')
}

/// What follows the shortest start of `name` that shows the whole prefix.
fn after_prefix<'a>(name: &'a str, prefix: &str) -> &'a str {
    let ends = name.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends
        .into_iter()
        .find(|&end| looks_reserved(&name[..end], prefix));
    &name[end.unwrap_or(0)..]
}

/// Legacy names are `CF-<account id> - <role>`: the role is what people mean.
fn without_account(rest: &str) -> &str {
    let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    if digits == 32 {
        rest[digits..].trim_start_matches(is_separator)
    } else {
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_the_prefix_or_looks_so_is_reserved() {
        for name in [
            "CF",
            "cf",
            "Cf-Team",
            "CFO Office",
            "CF Platform Engineers",
            "  CF x",
            "\u{a0}CF x",
            "C\u{200b}F",
            "\u{feff}CF",
            "\u{2800}CF",
            "C\u{ad}F",
            "ＣＦ team",
            "ⅭF",
            "𝐂𝐅",
            "𝕔𝕗",
            "ℂℱ",
            "СF",
            "сf",
            "CϜ",
            "Cϝ",
            "Cſ",
            "ϹF",
            "ᏟF",
            "ꓚꓝ",
            "🄲🄵",
            "🅒🅕",
            "🅲🅵",
            "🇨🇫",
            "C\u{332}F\u{332}",
            "Cﬀ",
            "ⓒⓕ",
            "C\u{fe0f}F",
            "C\u{2060}F",
            "ᴄꜰ",
            "C\u{115f}F",
            "C\u{1d7ca}",
            "Cƒ",
            "СҒ",
        ] {
            assert!(looks_reserved(name, "CF"), "{name:?}");
            assert!(looks_reserved(name, "cf"), "{name:?}");
        }
    }

    #[test]
    fn other_names_are_free() {
        for name in [
            "",
            "C",
            "F",
            "FC Bayern",
            "Team CF",
            "C F",
            "Café",
            "Cs",
            "Engineering",
            "CS",
            "GF",
            "Сотрудники",
            "Φ",
            "(CF)",
            "C-F",
            "Office",
        ] {
            assert!(!looks_reserved(name, "CF"), "{name:?}");
        }
        assert!(!looks_reserved("CF", ""));
        assert!(looks_reserved("Ops-1", "ops-"));
        assert!(looks_reserved("ОРЅ-1", "Ops-"));
    }

    #[test]
    fn the_refusal_proposes_a_name_that_would_do() {
        for (name, proposed) in [
            ("CF Platform Engineers", "Platform Engineers"),
            ("CF-Operators-1", "Operators-1"),
            ("СF-Operators", "Operators"),
            ("CFO Office", "Team CFO Office"),
            ("CFadmins", "Team CFadmins"),
            ("cf", "Team cf"),
            ("CF - ", "Team CF -"),
            ("CF CF x", "Team CF CF x"),
            (
                "CF-0123456789abcdef0123456789abcdef - Administrator",
                "Administrator",
            ),
        ] {
            assert_eq!(proposal(name, "CF"), proposed);
            assert!(!looks_reserved(&proposal(name, "CF"), "CF"));
            let error = refusal(name, "CF");
            assert!(error.message().contains("CF") && error.message().ends_with("\"."));
        }
        assert!(!looks_reserved(&proposal("Team x", "Team"), "Team"));
    }
}
