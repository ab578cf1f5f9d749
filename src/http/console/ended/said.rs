//! What a form that came too late says: where it goes, and what was entered, by the names that its
//! fields have. Of what was chosen the form has ids: they are told by the names that whoever is
//! signed in may read, else one by itself and several by their number.

mod token;

use super::Late;
use crate::app;
use crate::domain::catalogue;
use crate::domain::error::Result;
use crate::domain::id::{AccountId, NotAnId, ResourceGroupId};
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::role::RoleRef;
use crate::domain::text::forbidden_char;
use crate::http::console::caller::Caller;
use crate::http::console::url::pairs;
use crate::http::console::view::{FORM_KEY, Fact, FactValue};
use crate::http::console::words::{t, tf, tn};
use crate::store::tx::ReadTx;
use token::Said;

/// Characters of one field that are shown.
const SHOWN_CHARS: usize = 400;
/// Ids whose names are looked up; the others are counted.
const NAMED_MAX: usize = 12;
/// Fields in which pages keep something for themselves: what was read, what the form is known by.
const OWN: [&str; 5] = ["seen", FORM_KEY, "was", "opened", "shown"];
/// Fields that hold ids of what was chosen. Others hold what was typed, whatever that looks like.
const CHOSEN: [&str; 14] = [
    "role",
    "scope",
    "domain",
    "in",
    "group",
    "account",
    "existing",
    "id",
    "target",
    "confirm",
    "member",
    "after_all",
    "end",
    "session",
];

/// One field, or several of the same name.
struct Entered {
    label: String,
    values: Vec<String>,
    /// Ids of what was chosen, where the names are not known.
    unnamed: Vec<String>,
}

impl Entered {
    fn fact(mut self) -> Fact {
        let unnamed = u64::try_from(self.unnamed.len()).unwrap_or(u64::MAX);
        match (self.unnamed.as_mut_slice(), self.values.is_empty()) {
            ([], _) => {}
            ([one], true) => self.values.push(std::mem::take(one)),
            (_, true) => self.values.push(tn("ended.chosen", unnamed)),
            (_, false) => self.values.push(tn("ended.more", unnamed)),
        }
        Fact::text(self.label, visible(&self.values.join(", ")))
    }
}

pub(super) fn facts(caller: &Caller, late: &Late) -> Vec<Fact> {
    let path = late.page();
    let fields = pairs(&late.fields).unwrap_or_default();
    let there = there(caller, path, &fields);
    let mut facts = vec![
        Fact::text(t("ended.page"), place(path, there.as_ref())),
        Fact::new(t("ended.address"), FactValue::Code(visible(&late.to))),
    ];
    let mut names = Names {
        caller,
        there: there.as_ref(),
        of_token: path.split('/').nth(3) == Some("tokens"),
        left: NAMED_MAX,
    };
    let is_new = path.ends_with("/new");
    let mut entered: Vec<Entered> = Vec::new();
    for (name, value) in &fields {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        // A field of one group among many has the group's id behind its name.
        let (noun, of) = name.split_once('.').unwrap_or((name, ""));
        if value.is_empty() || OWN.contains(&noun) {
            continue;
        }
        let (label, value) = if names.of_token && is_new {
            match token::said(name, &value, &fields) {
                Said::Nothing => continue,
                Said::Fact(label, text) => (label.to_owned(), text),
                Said::AsEntered(label) => (label.to_owned(), value),
            }
        } else {
            (label(if is_id(of) { noun } else { name }), value)
        };
        let at = entered.iter().position(|known| known.label == label);
        let at = at.unwrap_or_else(|| {
            entered.push(Entered {
                label,
                values: Vec::new(),
                unnamed: Vec::new(),
            });
            entered.len() - 1
        });
        match names.told(noun, &value) {
            Some(text) => entered[at].values.push(text),
            None => entered[at].unnamed.push(value),
        }
    }
    facts.extend(entered.into_iter().map(Entered::fact));
    facts
}

/// The same caller in the account of which it is.
fn there(caller: &Caller, path: &str, fields: &[(String, String)]) -> Option<Caller> {
    let account = if let Some(below) = path.strip_prefix("/a/") {
        below.split('/').next()?
    } else {
        let mut all = fields.iter();
        let (_, account) = all.find(|(name, _)| name == "account")?;
        account
    };
    caller.again_in(account.parse().ok()?).ok()
}

fn is_id(text: &str) -> bool {
    text.parse::<AccountId>().is_ok()
}

/// Names of what was chosen.
struct Names<'c> {
    caller: &'c Caller,
    /// In the account that it is about.
    there: Option<&'c Caller>,
    /// Whether it makes or changes an API token.
    of_token: bool,
    /// How many more are looked up.
    left: usize,
}

impl Names<'_> {
    /// What is told of a value; `None`: it is an id, and there is no name to tell.
    fn told(&mut self, noun: &str, value: &str) -> Option<String> {
        match (noun, value) {
            ("scope", "account") => return Some(t("policy.on_account").to_owned()),
            ("scope", "domains") => return Some(t("policy.on_domains").to_owned()),
            // Outside of an account it is that of the account, as somebody typed it.
            ("id", _) if self.there.is_none() => return Some(value.to_owned()),
            _ => {}
        }
        if !CHOSEN.contains(&noun) || !is_id(value) {
            return Some(value.to_owned());
        }
        self.left = self.left.checked_sub(1)?;
        match (noun, self.there) {
            ("account" | "existing", _) => self.account(value),
            // Those of the catalogue are no secret.
            ("group", _) if self.of_token => {
                let known = catalogue::token_permission_group(value.parse().ok()?);
                known.map(|known| known.dashboard_name.clone())
            }
            ("role", None) => catalogue::role_name(value.parse().ok()?).map(str::to_owned),
            (_, Some(there)) => there.read(|tx| name(tx, noun, value)).ok().flatten(),
            (_, None) => None,
        }
    }

    /// Its name, to whoever works there or looks after the server.
    fn account(&self, id: &str) -> Option<String> {
        if let Ok(there) = self.caller.again_in(id.parse().ok()?) {
            return there.account_name().map(str::to_owned);
        }
        let found = self.caller.read(|tx| app::accounts::find(tx, id)).ok()?;
        Some(found.name)
    }
}

fn name(tx: &ReadTx<'_>, noun: &str, id: &str) -> Result<Option<String>> {
    let named = || id.to_owned();
    Ok(match noun {
        "session" => None,
        "role" => Some(app::roles::get(tx, &RoleRef::Named(named()))?.name),
        "scope" => {
            let id: Result<ResourceGroupId, NotAnId> = id.parse();
            match id {
                Ok(id) => Some(app::resource_groups::get(tx, id)?.name),
                Err(NotAnId) => None,
            }
        }
        "domain" => Some(app::domains::find(tx, id)?.name),
        "in" | "group" => Some(group(tx, id)?),
        // People most often, else groups.
        _ => match app::members::by_hand::find(tx, &MemberRef::Named(named())) {
            Ok(member) => {
                let listed = app::members::shown::some(tx, &[member.membership_id()])?;
                listed.into_iter().next().map(|one| one.name)
            }
            Err(_) => Some(group(tx, id)?),
        },
    })
}

fn group(tx: &ReadTx<'_>, id: &str) -> Result<String> {
    let (_, group) = app::groups::by_hand::find(tx, &GroupRef::Named(id.to_owned()))?;
    Ok(group.name)
}

/// As a field is called in the request, which is near to what its page calls it.
fn label(name: &str) -> String {
    match name {
        "id" | "target" | "confirm" => return t("ended.which").to_owned(),
        "in" => return t("nav.groups").to_owned(),
        _ => {}
    }
    let words = name.replace(['_', '.'], " ");
    let mut rest = words.chars();
    let first = rest.next();
    let first = first.map(|c| c.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), rest.as_str())
}

/// The beginning of what was entered, with what can't be seen replaced.
fn visible(text: &str) -> String {
    let seen = |c: char| match forbidden_char(c.encode_utf8(&mut [0; 4])) {
        Some(_) => char::REPLACEMENT_CHARACTER,
        None => c,
    };
    let mut shown: String = text.chars().take(SHOWN_CHARS).map(seen).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// What the page is called in the menu, and of which account it is.
fn place(path: &str, there: Option<&Caller>) -> String {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let section = |name: &str| {
        let key = match name {
            "members" => "nav.members",
            "groups" => "nav.groups",
            "roles" => "nav.roles",
            "connections" => "nav.connections",
            "tokens" => "nav.tokens",
            "migrate" => "nav.legacy",
            "settings" => "nav.settings",
            "accounts" => "accounts.title",
            "operators" => "me.operators",
            "me" => "me.label",
            _ => "ended.other",
        };
        t(key).to_owned()
    };
    match parts.as_slice() {
        ["a", _, name, ..] => match there.and_then(Caller::account_name) {
            Some(account) => tf("ended.in_account", &[&section(name), &account]),
            None => section(name),
        },
        [name, ..] => section(name),
        [] => section(""),
    }
}
