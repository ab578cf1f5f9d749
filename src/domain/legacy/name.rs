//! Names that grant a role: `CF-<account id> - <Role>`, compared byte by byte. What is nearly
//! one is told apart by what is wrong with it; nothing is corrected in silence.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::mapping::{has_legacy_group, legacy_roles};
use crate::domain::catalogue;
use crate::domain::id::AccountId;
use crate::domain::reserved::{is_invisible, is_special_dash, is_special_space, latin};
use crate::domain::role::Role;

/// Most suggestions for an unknown role.
const SUGGESTIONS_MAX: usize = 3;
/// A longer text is like no role.
const ROLE_CHARS_MAX: usize = 200;
const ID_DIGITS: usize = 32;
/// So many digits may be missing, too many or wrong in an account id of another length.
const ID_TYPOS_MAX: usize = 2;

/// What a group's name says to one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameClass {
    /// The legacy name of that role.
    Exact { role: &'static Role },
    /// The same with an old spelling of the role; `current` is the name with the current one.
    Alias {
        role: &'static Role,
        current: String,
    },
    /// Not such a name, but nearly: by these flaws, at least one, from `nearest`.
    Near {
        role: &'static Role,
        flaws: Vec<Flaw>,
        nearest: String,
    },
    /// It names another account; `within` is what it would say there, and is never this.
    OtherAccount {
        account: AccountId,
        within: Box<NameClass>,
    },
    /// There is no role of that name; these are the most similar ones, the best first.
    UnknownRole {
        text: String,
        suggestions: Vec<&'static Role>,
    },
    /// The role is given on domains or on single resources, and no name ever granted it.
    DomainRole { role: &'static Role },
    /// Just a name.
    NotLegacy,
}

/// How a name differs from the legacy name that it was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flaw {
    OuterSpace,
    PrefixCase,
    AccountCase,
    /// Fewer or more than 32 digits.
    AccountLength,
    RoleCase,
    MissingSpace,
    ExtraSpace,
    /// A no-break space, or another that is not U+0020.
    SpecialSpace,
    /// An en dash, an em dash, or another that is not the hyphen.
    SpecialDash,
    /// No hyphen, or something in its place.
    Separator,
    /// A letter of another script, or a full-width or styled one.
    LookAlike,
    Invisible,
}

impl Flaw {
    pub const ALL: [Self; 12] = [
        Self::OuterSpace,
        Self::PrefixCase,
        Self::AccountCase,
        Self::AccountLength,
        Self::RoleCase,
        Self::MissingSpace,
        Self::ExtraSpace,
        Self::SpecialSpace,
        Self::SpecialDash,
        Self::Separator,
        Self::LookAlike,
        Self::Invisible,
    ];

    /// For programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::OuterSpace => "outer_space",
            Self::PrefixCase => "prefix_case",
            Self::AccountCase => "account_case",
            Self::AccountLength => "account_length",
            Self::RoleCase => "role_case",
            Self::MissingSpace => "missing_space",
            Self::ExtraSpace => "extra_space",
            Self::SpecialSpace => "special_space",
            Self::SpecialDash => "special_dash",
            Self::Separator => "separator",
            Self::LookAlike => "look_alike",
            Self::Invisible => "invisible",
        }
    }
}

/// For people: part of a sentence.
impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OuterSpace => "there is white space before or after it",
            Self::PrefixCase => "CF is not in capital letters",
            Self::AccountCase => "the account id is not in small letters",
            Self::AccountLength => "the account id does not have 32 digits",
            Self::RoleCase => "the role is in other letter case",
            Self::MissingSpace => "a space is missing",
            Self::ExtraSpace => "there is a space too many",
            Self::SpecialSpace => "it has a no-break or other special space for a plain one",
            Self::SpecialDash => "it has a dash for the hyphen",
            Self::Separator => "the hyphen is missing, or something else is in its place",
            Self::LookAlike => "it has a character that only looks like the right one",
            Self::Invisible => "it has a character that can't be seen",
        })
    }
}

/// The flaws as part of a sentence: "a, b and c".
pub fn differences(flaws: &[Flaw]) -> String {
    match flaws {
        [] => String::new(),
        [only] => only.to_string(),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(Flaw::to_string).collect();
            format!("{} and {last}", first.join(", "))
        }
    }
}

/// The name that grants `role`; only what [`has_legacy_group`] has one.
pub fn print(account: AccountId, role: &Role) -> String {
    format!("CF-{account} - {}", role.name)
}

/// What `name` says to `account`. Total: any text has a class.
pub fn classify(name: &str, account: AccountId) -> NameClass {
    let Some(Parts {
        id,
        role: text,
        mut flaws,
    }) = parts(name, account)
    else {
        return NameClass::NotLegacy;
    };
    let within = match find_role(&text) {
        None => {
            let text: String = text.iter().map(|seen| seen.c).collect();
            let suggestions = suggestions(&text);
            NameClass::UnknownRole { text, suggestions }
        }
        Some(found) if !has_legacy_group(found.role) => NameClass::DomainRole { role: found.role },
        Some(found) => {
            let role = found.role;
            flaws.extend(found.flaws);
            flaws.sort_unstable();
            flaws.dedup();
            let right = print(id, role);
            match (flaws.is_empty(), found.spelling == role.name) {
                (true, true) => NameClass::Exact { role },
                (true, false) => NameClass::Alias {
                    role,
                    current: right,
                },
                (false, _) => NameClass::Near {
                    role,
                    flaws,
                    nearest: right,
                },
            }
        }
    };
    if id == account {
        return within;
    }
    NameClass::OtherAccount {
        account: id,
        within: Box::new(within),
    }
}

/// Whether people read the name as `CF-<account id> - <role>`, of whichever account and role: by
/// which characters that only look like the right ones, if any. `None`: they don't.
pub fn reads_as_legacy(name: &str) -> Option<Vec<Flaw>> {
    let (seen, flaws) = seen(name);
    let text: String = seen.iter().map(|seen| seen.c).collect();
    let (prefix, rest) = text.split_at_checked(3)?;
    let (account, role) = rest.split_once(" - ")?;
    let account = account.to_ascii_lowercase().parse::<AccountId>();
    if !prefix.eq_ignore_ascii_case("CF-")
        || account.is_err()
        || role.is_empty() && !flaws.contains(&Flaw::Invisible)
    {
        return None;
    }
    // What follows the form is written as it may be.
    let form = "CF-".len() + ID_DIGITS + " - ".len();
    let instead = seen.iter().take(form).filter(|seen| !seen.plain);
    let mut found: Vec<Flaw> = instead
        .map(|seen| match seen.c {
            ' ' => Flaw::SpecialSpace,
            '-' => Flaw::SpecialDash,
            _ => Flaw::LookAlike,
        })
        .collect();
    found.extend(flaws.into_iter().filter(|flaw| *flaw == Flaw::Invisible));
    found.sort_unstable();
    found.dedup();
    Some(found)
}

/// A character as it is meant.
#[derive(Debug, Clone, Copy)]
struct Seen {
    c: char,
    /// Whether it was sent so.
    plain: bool,
}

impl Seen {
    fn is_separator(self) -> bool {
        matches!(self.c, ' ' | '-' | '_' | ':' | '.' | '/' | '|')
    }
}

/// The characters as they are meant, and what was wrong with them.
fn seen(name: &str) -> (Vec<Seen>, Vec<Flaw>) {
    let (mut all, mut flaws) = (Vec::new(), Vec::new());
    let mut instead = |c, flaw, all: &mut Vec<Seen>| {
        flaws.push(flaw);
        all.push(Seen { c, plain: false });
    };
    let mut invisible = false;
    for c in name.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            all.push(Seen { c, plain: true });
        } else if is_special_space(c) {
            instead(' ', Flaw::SpecialSpace, &mut all);
        } else if is_special_dash(c) {
            instead('-', Flaw::SpecialDash, &mut all);
        } else if is_invisible(c) {
            invisible = true;
        } else {
            for c in latin(c).chars() {
                instead(c, Flaw::LookAlike, &mut all);
            }
        }
    }
    if invisible {
        flaws.push(Flaw::Invisible);
    }
    (all, flaws)
}

/// A name in its parts.
struct Parts {
    id: AccountId,
    /// Without outer white space.
    role: Vec<Seen>,
    flaws: Vec<Flaw>,
}

/// `None`: it does not even look like one.
fn parts(name: &str, account: AccountId) -> Option<Parts> {
    let (all, mut flaws) = seen(name);
    let is_space = |seen: &&Seen| seen.c == ' ';
    let start = all.iter().take_while(is_space).count();
    let end = all.len() - all[start..].iter().rev().take_while(is_space).count();
    let (prefix, rest) = all[start..end].split_at_checked(2)?;
    let is_prefix =
        prefix[0].c.eq_ignore_ascii_case(&'c') && prefix[1].c.eq_ignore_ascii_case(&'f');
    if !is_prefix {
        return None;
    }
    if prefix
        .iter()
        .any(|seen| seen.plain && seen.c.is_lowercase())
    {
        flaws.push(Flaw::PrefixCase);
    }
    let (between, rest) = at_first(rest, |seen| !seen.is_separator());
    joined_by(between, [0, 0], &mut flaws);
    let (id, digits) = account_of(rest, account)?;
    let (digits, rest) = rest.split_at(digits);
    if digits.len() != ID_DIGITS {
        flaws.push(Flaw::AccountLength);
    }
    if digits
        .iter()
        .any(|seen| seen.plain && seen.c.is_uppercase())
    {
        flaws.push(Flaw::AccountCase);
    }
    let (between, role) = at_first(rest, |seen| !seen.is_separator());
    if role.is_empty() {
        // What was outer white space is part of the separator then.
        return Some(Parts {
            id,
            role: Vec::new(),
            flaws,
        });
    }
    joined_by(between, [1, 1], &mut flaws);
    if (start, end) != (0, all.len()) {
        flaws.push(Flaw::OuterSpace);
    }
    Some(Parts {
        id,
        role: role.to_vec(),
        flaws,
    })
}

/// The account id at the beginning, and how many characters are meant to be it.
fn account_of(all: &[Seen], own: AccountId) -> Option<(AccountId, usize)> {
    let digits = all
        .iter()
        .take_while(|seen| seen.c.is_ascii_hexdigit())
        .count();
    let text = |count: usize| -> String {
        let digits = all.iter().take(count);
        digits.map(|seen| seen.c.to_ascii_lowercase()).collect()
    };
    if digits == ID_DIGITS {
        return text(digits).parse().ok().map(|id| (id, digits));
    }
    if all.get(digits).is_some_and(|seen| !seen.is_separator()) {
        // With nothing between, the first letters of a role may be digits too.
        let is_own = digits > ID_DIGITS && text(ID_DIGITS) == own.to_string();
        return is_own.then_some((own, ID_DIGITS));
    }
    let typos = distance(&text(digits), &own.to_string(), ID_TYPOS_MAX);
    (typos <= ID_TYPOS_MAX).then_some((own, digits))
}

fn at_first(all: &[Seen], stop: impl Fn(&Seen) -> bool) -> (&[Seen], &[Seen]) {
    let at = all.iter().position(stop).unwrap_or(all.len());
    all.split_at(at)
}

/// What is wrong with a hyphen that is to have so many spaces on either side.
fn joined_by(between: &[Seen], spaces: [usize; 2], flaws: &mut Vec<Flaw>) {
    let signs = || between.iter().filter(|seen| seen.c != ' ');
    if signs().count() != 1 || signs().any(|seen| seen.c != '-') {
        flaws.push(Flaw::Separator);
        return;
    }
    let before = between.iter().take_while(|seen| seen.c == ' ').count();
    let found = [before, between.len() - before - 1];
    for (found, wanted) in found.into_iter().zip(spaces) {
        if found < wanted {
            flaws.push(Flaw::MissingSpace);
        }
        if found > wanted {
            flaws.push(Flaw::ExtraSpace);
        }
    }
}

/// A role that a text means, by which of its spellings, and how the text differs from that.
struct Found {
    role: &'static Role,
    spelling: &'static str,
    flaws: Vec<Flaw>,
}

/// Spaces and letter case aside.
fn squeezed(text: impl Iterator<Item = char>) -> String {
    text.filter(|c| *c != ' ')
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn spellings(role: &'static Role) -> impl Iterator<Item = &'static str> {
    std::iter::once(role.name.as_str()).chain(role.aliases.iter().map(String::as_str))
}

fn find_role(text: &[Seen]) -> Option<Found> {
    static BY_SQUEEZED: LazyLock<HashMap<String, Vec<(&'static Role, &'static str)>>> =
        LazyLock::new(|| {
            let mut all: HashMap<String, Vec<_>> = HashMap::new();
            for role in catalogue::roles() {
                for spelling in spellings(role) {
                    let key = squeezed(spelling.chars());
                    all.entry(key).or_default().push((role, spelling));
                }
            }
            all
        });
    let candidates = BY_SQUEEZED.get(&squeezed(text.iter().map(|seen| seen.c)))?;
    let found = candidates.iter().map(|(role, spelling)| Found {
        role,
        spelling,
        flaws: compared(text, spelling),
    });
    found.min_by_key(|found| found.flaws.len())
}

/// How `text` differs from `spelling`, which is the same but for spaces and letter case.
fn compared(text: &[Seen], spelling: &str) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let (mut text, mut spelling) = (text.iter().peekable(), spelling.chars().peekable());
    loop {
        match (text.peek(), spelling.peek()) {
            (Some(seen), Some(wanted)) if seen.c == ' ' && *wanted != ' ' => {
                flaws.push(Flaw::ExtraSpace);
                text.next();
            }
            (Some(seen), Some(wanted)) if seen.c != ' ' && *wanted == ' ' => {
                flaws.push(Flaw::MissingSpace);
                spelling.next();
            }
            (Some(seen), Some(wanted)) => {
                if seen.plain && seen.c != *wanted {
                    flaws.push(Flaw::RoleCase);
                }
                text.next();
                spelling.next();
            }
            (Some(_) | None, None) | (None, Some(_)) => break,
        }
    }
    flaws.sort_unstable();
    flaws.dedup();
    flaws
}

/// The roles whose names, or old spellings, are most like the text.
fn suggestions(text: &str) -> Vec<&'static Role> {
    let length = text.chars().count();
    if length == 0 || length > ROLE_CHARS_MAX {
        return Vec::new();
    }
    let text = squeezed(text.chars());
    let most = (text.len() / 3).max(2);
    let apart = |role: &'static Role| {
        let all = spellings(role).map(|spelling| {
            let spelling = squeezed(spelling.chars());
            distance(&text, &spelling, most)
        });
        all.min().unwrap_or(usize::MAX)
    };
    let mut near: Vec<(usize, &'static Role)> = legacy_roles()
        .map(|role| (apart(role), role))
        .filter(|(apart, _)| *apart <= most)
        .collect();
    near.sort_by_key(|(apart, _)| *apart);
    let best = near.into_iter().take(SUGGESTIONS_MAX);
    best.map(|(_, role)| role).collect()
}

/// How many letters have to be put in, taken out or exchanged to make `b` of `a`; more than
/// `most` may be told as any number above it.
fn distance(a: &str, b: &str, most: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let exchanged = corner + usize::from(from != to);
            corner = row[j + 1];
            row[j + 1] = exchanged.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;
