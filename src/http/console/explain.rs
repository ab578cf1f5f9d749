//! Explain access: why somebody has a role, why not, and who has it.

use actix_web::HttpRequest;
use askama::Template;

use super::access_preview::scope_text;
use super::caller::AccountCaller;
use super::chrome::{Chrome, Nav};
use super::form::query;
use super::members::bulk::is_alone;
use super::paths::{self, PolicyNames, Removal, RoleNames};
use super::roles::show::{HolderRow, holder_row, holders, holders_text};
use super::url::with_query;
use super::view::{Badge, Choice, Empty, Field, Hop, Input, Link, Notice, Pager, Picks, Tone};
use super::words::{t, tf, tn, tnf};
use super::{Answer, filters, html};
use crate::app;
use crate::app::access::Explanation;
use crate::app::members::by_hand;
use crate::app::members::shown::{self, MemberQuery};
use crate::domain::actor::Permission;
use crate::domain::catalogue;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::PermissionGroupId;
use crate::domain::listing::Begin;
use crate::domain::member::State;
use crate::domain::reference::MemberRef;
use crate::domain::role::{Role, RoleRef};
use crate::store::grants::HoldersAfter;
use crate::store::tx::ReadTx;

/// Members that are offered where nobody is called what was asked for.
const NEAR_MAX: i64 = 8;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Why,
    WhyNot,
    Who,
}

impl Ask {
    const ALL: [Self; 3] = [Self::Why, Self::WhyNot, Self::Who];

    fn name(self) -> &'static str {
        match self {
            Self::Why => "why",
            Self::WhyNot => "why_not",
            Self::Who => "who",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Why => t("explain.why"),
            Self::WhyNot => t("explain.why_not"),
            Self::Who => t("explain.who"),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/explain.html")]
struct Explain {
    chrome: Chrome,
    action: String,
    ask: Picks,
    member: Field,
    role: Field,
    answer: Option<Reasons>,
    who: Option<Who>,
    /// Why there is no answer, and whom it may be about.
    problem: Option<Notice>,
    near: Vec<Near>,
    near_title: String,
    examples: Vec<Link>,
    empty: Empty,
}

/// Why somebody has a role, or has not.
struct Reasons {
    badge: Badge,
    title: String,
    text: String,
    allows_title: String,
    allows: Vec<Vec<Hop>>,
    denies_title: String,
    denies: Vec<Vec<Hop>>,
    /// Why nothing takes it away before somebody else has it; nothing where something does.
    stays: String,
    removal_title: &'static str,
    removal: Vec<Removal>,
    /// Groups that would give it.
    groups: Vec<Link>,
    links: Vec<Link>,
}

/// Somebody whose name or address has what was asked for in it.
struct Near {
    name: String,
    email: String,
    /// The same question about them.
    href: String,
}

/// Who has a role.
struct Who {
    title: String,
    rows: Vec<HolderRow>,
    empty: Empty,
    pager: Pager,
}

/// `GET /a/{account_id}/explain?ask=…&member=…&role=…`.
pub async fn explain(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let sent = query(&req, "ask");
    let ask = Ask::ALL.into_iter().find(|ask| ask.name() == sent);
    let (member, role) = (query(&req, "member"), query(&req, "role"));
    let (member, role) = (member.trim(), role.trim());
    let chrome = caller.chrome().page(Nav::Explain, t("nav.explain"));
    let roles = caller.read(|tx| app::roles::list(tx, true))?;
    let mut page = form(&chrome, ask.unwrap_or(Ask::Why), member, role, &roles);
    let after = query(&req, "after").parse().map(HoldersAfter::of_key);
    let begins = after.is_err();
    if let Some(ask) = ask {
        let found = if ask == Ask::Who {
            let (named, after) = (role.to_owned(), after.unwrap_or_default());
            let answer = caller
                .read_long(move |tx| {
                    let role = app::roles::get(tx, &RoleRef::Named(named))?;
                    let which = RoleRef::PermissionGroup(role.permission_group);
                    let (people, next) = holders(tx, &which, after)?;
                    Ok((role, people, next))
                })
                .await;
            answer.map(|(role, people, next)| {
                let rows = people.iter().map(|one| holder_row(one, &role, &chrome));
                page.who = Some(who(&chrome, &role, rows.collect(), next, begins));
            })
        } else if member.is_empty() {
            Err(Error::not_found("member", "…"))
        } else {
            let names = RoleNames::of(&roles);
            let role = RoleRef::Named(role.to_owned());
            let answer = caller.read(|tx| {
                let which = whom(tx, member)?;
                reasons(tx, &which, &role, &names, &chrome)
            });
            answer.map(|answer| page.answer = Some(answer))
        };
        match found {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Conflict) => {
                unanswered(&caller, &mut page, (ask, member, role), &error).await?;
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        page.examples = examples(&caller, &chrome)?;
    }
    html(&req, &page)
}

/// The member who is called so or has that address; else whom the operator works as who signs in
/// with it.
///
/// Errors: `Forbidden`.
fn whom(tx: &ReadTx<'_>, member: &str) -> Result<MemberRef> {
    let named = MemberRef::Named(member.to_owned());
    match by_hand::find(tx, &named) {
        Err(error) if error.kind() == Kind::NotFound => {
            let works_as = app::operators::places::member_by_address(tx, member)?;
            Ok(works_as.map_or(named, MemberRef::Id))
        }
        Ok(_) | Err(_) => Ok(named),
    }
}

/// Says why there is no answer, and where it is for the member, whom it may be about.
async fn unanswered(
    caller: &AccountCaller,
    page: &mut Explain,
    (ask, member, role): (Ask, &str, &str),
    error: &Error,
) -> Result<()> {
    let chrome = page.chrome.clone();
    // Where the member is found, it is the role that is gone.
    let of_member = ask != Ask::Who && !member.is_empty() && {
        let found = caller.read(|tx| by_hand::find(tx, &whom(tx, member)?));
        found.is_err()
    };
    let mut problem = problem((member, of_member), ask, error, &chrome);
    if of_member {
        page.near = near(caller, ask, (member, role), &chrome).await?;
        page.near_title = tf("explain.near", &[&member]);
    }
    // That several have the address is said by the error.
    if of_member && error.kind() == Kind::NotFound {
        if page.near.is_empty() {
            problem.text = tf("explain.nobody", &[&member]);
        } else {
            t("explain.near_whom").clone_into(&mut problem.title);
            problem.text = tf("explain.near_text", &[&member]);
        }
    }
    page.problem = Some(problem);
    Ok(())
}

/// Members whose user name, name or address has that in it, a few.
async fn near(
    caller: &AccountCaller,
    ask: Ask,
    (member, role): (&str, &str),
    chrome: &Chrome,
) -> Result<Vec<Near>> {
    let query = MemberQuery {
        part: Some(member.to_owned()),
        ..MemberQuery::default()
    };
    let found = caller
        .read_long(move |tx| shown::list(tx, &query, &Begin::First, NEAR_MAX))
        .await?;
    let near = found.items.into_iter().map(|one| {
        let named = one.member.user_name.as_str();
        let asked = [("ask", ask.name()), ("member", named), ("role", role)];
        Near {
            href: with_query(&chrome.path("/explain"), asked),
            name: one.name,
            email: one.email,
        }
    });
    Ok(near.collect())
}

/// `of_member`: whether it is the member of whom the error tells.
fn problem((member, of_member): (&str, bool), ask: Ask, error: &Error, chrome: &Chrome) -> Notice {
    let text = match (ask, member) {
        (Ask::Why | Ask::WhyNot, "") => t("explain.no_member").to_owned(),
        _ => error.message().to_owned(),
    };
    // Asked with a part of a name: the list finds by one.
    let list = (error.kind() == Kind::NotFound && of_member).then(|| {
        let at = with_query(&chrome.path("/members"), [("q", member)]);
        Link::new(t("explain.find_member"), at)
    });
    let mut links = chrome.prose(&text).links.into_iter();
    Notice {
        action: links.next().or(list),
        ..Notice::new(Tone::Warn, t("explain.no_answer"), text)
    }
}

fn form(chrome: &Chrome, ask: Ask, member: &str, role: &str, roles: &[Role]) -> Explain {
    let choice = |one: &Role| {
        let id = one.permission_group.to_string();
        let chosen = id == role || one.name == role;
        Choice::new(id, &one.name).chosen(chosen)
    };
    let question = |one: Ask| Choice::new(one.name(), one.word()).chosen(one == ask);
    Explain {
        action: chrome.path("/explain"),
        ask: Picks {
            name: "ask",
            legend: t("explain.question").to_owned(),
            many: false,
            choices: Ask::ALL.map(question).to_vec(),
            hint: String::new(),
            error: String::new(),
            more: None,
        },
        member: Field::text("member", t("explain.member"))
            .value(member)
            .hint(t("explain.member_hint"))
            .autocomplete("off"),
        role: Field::select(
            "role",
            t("explain.role"),
            roles.iter().map(choice).collect(),
        ),
        answer: None,
        who: None,
        problem: None,
        near: Vec::new(),
        near_title: String::new(),
        examples: Vec::new(),
        empty: Empty {
            icon: "user-round-search",
            title: t("explain.empty").to_owned(),
            why: t("explain.empty_why").to_owned(),
            action: None,
        },
        chrome: chrome.clone(),
    }
}

/// Questions that somebody could begin with: about the viewer, and about the most powerful role.
fn examples(caller: &AccountCaller, chrome: &Chrome) -> Result<Vec<Link>> {
    let at = chrome.path("/explain");
    let name = |id: PermissionGroupId| catalogue::role_name(id).unwrap_or_default();
    let mut links = Vec::new();
    if let Some(id) = caller.me().member {
        let me = caller.read(|tx| app::access::effective(tx, &MemberRef::Id(id)))?;
        let (called, member) = (me.member.name, me.member.user_name);
        let mut held = me.roles.iter().filter(|role| role.is_effective());
        let usual = |id| id == catalogue::MINIMAL_ACCOUNT_ACCESS;
        let telling = held.clone().find(|role| !usual(role.permission_group));
        if let Some(role) = telling.or(held.next()) {
            let group = role.permission_group.to_string();
            let asked = [("ask", "why"), ("member", &*member), ("role", &*group)];
            let text = tf("explain.example_why", &[&called, &role.name]);
            links.push(Link::new(text, with_query(&at, asked)));
        }
        let has = |id| me.roles.iter().any(|role| role.permission_group == id);
        let others = [catalogue::SUPER_ADMINISTRATOR, catalogue::ADMINISTRATOR];
        if let Some(id) = others.into_iter().find(|id| !has(*id)) {
            let group = id.to_string();
            let asked = [("ask", "why_not"), ("member", &*member), ("role", &*group)];
            let text = tf("explain.example_why_not", &[&called, &name(id)]);
            links.push(Link::new(text, with_query(&at, asked)));
        }
    }
    for id in [catalogue::SUPER_ADMINISTRATOR, catalogue::ADMINISTRATOR] {
        let group = id.to_string();
        let asked = [("ask", "who"), ("role", group.as_str())];
        let text = tf("explain.example_who", &[&name(id)]);
        links.push(Link::new(text, with_query(&at, asked)));
    }
    Ok(links)
}

fn reasons(
    tx: &ReadTx<'_>,
    member: &MemberRef,
    role: &RoleRef,
    names: &RoleNames,
    chrome: &Chrome,
) -> Result<Reasons> {
    let found = app::access::explain(tx, member, role)?;
    let base = chrome.path("");
    let person = &found.member;
    let effective: Vec<_> = found.effective.iter().collect();
    let policies = PolicyNames::of(tx, names, person, &effective)?;
    let chains = |denies: bool| {
        let chain = |role: &&crate::domain::effective::Effective| {
            let paths = if denies { &role.denies } else { &role.allows };
            let member = (person, person.name.as_str());
            let each = paths
                .iter()
                .map(|path| paths::chain(member, path, role, &policies, &base, &chrome.times));
            each.collect::<Vec<_>>()
        };
        effective.iter().flat_map(chain).collect::<Vec<_>>()
    };
    let (allows, denies) = (chains(false), chains(true));
    let removal = effective.iter().flat_map(|role| {
        let edge = |edge| paths::removal(edge, role, person, &policies, &base);
        role.removal.iter().map(edge).collect::<Vec<_>>()
    });
    let removal: Vec<Removal> = removal.collect();
    let has = found.is_effective();
    let supers = found.role.permission_group == catalogue::SUPER_ADMINISTRATOR;
    let stays = supers && has && is_alone(tx, person.id)?;
    let n = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
    Ok(Reasons {
        badge: if has {
            Badge::new(Tone::Ok, "check", t("explain.has"))
        } else {
            Badge::new(Tone::Bad, "ban", t("explain.has_not"))
        },
        title: title(&found),
        text: found.why_not_of(&person.name).unwrap_or_default(),
        allows_title: if person.state == State::Active {
            tn("explain.allows", n(allows.len()))
        } else {
            tnf("explain.would_allow", n(allows.len()), &[&person.name])
        },
        denies_title: tn("explain.denies", n(denies.len())),
        removal_title: match removal.len() {
            _ if stays => t("explain.remove_then"),
            1 => t("explain.remove_one"),
            _ => t("explain.remove_all"),
        },
        groups: groups(&found, chrome),
        links: links(&found, chrome),
        stays: if stays {
            tf("explain.stays", &[&person.name])
        } else {
            String::new()
        },
        allows,
        denies,
        removal,
    })
}

fn title(found: &Explanation) -> String {
    let (member, role) = (&found.member.name, &found.role.name);
    match found.effective.as_ref().filter(|role| role.is_effective()) {
        Some(effective) => tf(
            "explain.title_has",
            &[member, role, &scope_text(&effective.scope)],
        ),
        None => tf("explain.title_has_not", &[member, role]),
    }
}

/// Groups that would give it.
fn groups(found: &Explanation, chrome: &Chrome) -> Vec<Link> {
    let link = |(id, name): &(_, _)| Link::new(name, chrome.path(&format!("/groups/{id}")));
    found.groups.iter().map(link).collect()
}

fn links(found: &Explanation, chrome: &Chrome) -> Vec<Link> {
    let (person, role) = (&found.member, &found.role);
    let who = role.permission_group.to_string();
    vec![
        Link::new(
            tf("groups.all_access", &[&person.name]),
            chrome.path(&format!("/members/{}", person.membership_id)),
        ),
        Link::new(
            tf("explain.example_who", &[&role.name]),
            with_query(
                &chrome.path("/explain"),
                [("ask", "who"), ("role", who.as_str())],
            ),
        ),
    ]
}

fn who(
    chrome: &Chrome,
    role: &Role,
    rows: Vec<HolderRow>,
    next: Option<HoldersAfter>,
    begins: bool,
) -> Who {
    let group = role.permission_group.to_string();
    let at = |after: &str| {
        let asked = [("ask", "who"), ("role", group.as_str()), ("after", after)];
        with_query(&chrome.path("/explain"), asked)
    };
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Who {
        title: tf("explain.who_title", &[&role.name]),
        rows,
        empty: Empty {
            icon: "users",
            title: t("roles.nobody").to_owned(),
            why: t("roles.nobody_why").to_owned(),
            action: None,
        },
        pager: Pager {
            text: holders_text(count, begins && next.is_none()),
            first: (!begins).then(|| at("")),
            next: next.map(|next| at(&next.key().to_string())),
        },
    }
}
