//! Several members at once: one question that says what happens to whom.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{Outcome, below_list, chrome, decide, state};
use crate::app;
use crate::app::members::shown::{self, ListedMember};
use crate::app::preview::Change;
use crate::domain::actor::Permission;
use crate::domain::catalogue;
use crate::domain::error::Result;
use crate::domain::id::{MemberId, MembershipId};
use crate::domain::member::State;
use crate::domain::reason::Reason;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::role::RoleRef;
use crate::http::console::access_preview::AccessPreview;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::error::ConsoleError;
use crate::http::console::form::Form as Sent;
use crate::http::console::view::{Badge, Choice, Field, Form, Input, Notice, Tone};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html_as, see_other};
use crate::store::grants::HoldersAfter;
use crate::store::tx::ReadTx;

use super::add::{local_groups, unknown_group};

/// People who are looked at for another Super Administrator: where there are more, there is one.
const LOOKED_MAX: usize = 20;

/// What is to be done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Deactivate,
    Remove,
    Group,
}

impl Act {
    fn parse(name: &str) -> Option<Self> {
        [Self::Deactivate, Self::Remove, Self::Group]
            .into_iter()
            .find(|act| act.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Remove => "remove",
            Self::Group => "group",
        }
    }

    /// Keys of the title (a count), the lead, the button (a count) and what is said afterwards
    /// (a count); the icon; and the title where it can be done with nobody (a count).
    fn words(self) -> [&'static str; 6] {
        match self {
            Self::Deactivate => [
                "bulk.deactivate_ask",
                "bulk.deactivate_lead",
                "bulk.deactivate",
                "bulk.deactivated",
                "user-x",
                "bulk.deactivate_none",
            ],
            Self::Remove => [
                "bulk.remove_ask",
                "bulk.remove_lead",
                "bulk.remove",
                "bulk.removed",
                "trash-2",
                "bulk.remove_none",
            ],
            Self::Group => [
                "bulk.group",
                "bulk.group_lead",
                "bulk.group",
                "bulk.grouped",
                "users-round",
                "bulk.group_none",
            ],
        }
    }

    /// Why it can't be done with that member; nothing when it can. `me`: whom the operator works
    /// as, without whom the others can go on.
    fn obstacle(self, one: &ListedMember, me: Option<MemberId>, kept: &Kept) -> String {
        if kept.ids.contains(&one.member.membership_id()) {
            return kept.why.to_owned();
        }
        let inactive = one.member.state == State::Inactive;
        match (self, &one.managed_by) {
            (Self::Deactivate | Self::Remove, _) if me == Some(one.member.id) => {
                kept.own_why().to_owned()
            }
            (Self::Group, _) if inactive => t("bulk.is_out").to_owned(),
            (Self::Deactivate, _) if inactive => t("bulk.is_inactive").to_owned(),
            (Self::Deactivate | Self::Remove, Some(connection)) => {
                tf("bulk.is_managed", &[&connection.name])
            }
            (Self::Group, _) | (Self::Deactivate | Self::Remove, None) => String::new(),
        }
    }

    /// What is said where oneself is among them.
    fn note(self, able: &[&ListedMember], me: Option<MemberId>) -> &'static str {
        let own = able.iter().any(|one| me == Some(one.member.id));
        if own && self == Self::Group {
            t("bulk.me_too")
        } else {
            ""
        }
    }

    fn change(self, ids: &[MembershipId], group: &str) -> Change {
        let each = |change: fn(MemberRef) -> Change| {
            let which = ids.iter().copied().map(MemberRef::Membership);
            Change::All(which.map(change).collect())
        };
        match self {
            Self::Deactivate => each(Change::Deactivate),
            Self::Remove => each(Change::RemoveMember),
            Self::Group => Change::AddToGroup(GroupRef::Named(group.to_owned()), ids.to_vec()),
        }
    }
}

/// Those without whom the guards let it be done with the others.
#[derive(Default)]
struct Kept {
    ids: Vec<MembershipId>,
    why: &'static str,
    /// Whether the viewer's own member is the only Super Administrator.
    alone: bool,
}

impl Kept {
    /// Nobody yet.
    fn nobody(caller: &AccountCaller, chosen: &[ListedMember]) -> Result<Self> {
        let own = |me: &MemberId| chosen.iter().any(|one| one.member.id == *me);
        let alone = match caller.me().member.filter(own) {
            Some(me) => caller.read(|tx| is_alone(tx, me))?,
            None => false,
        };
        Ok(Self {
            alone,
            ..Self::default()
        })
    }

    /// Why nothing is done with oneself.
    fn own_why(&self) -> &'static str {
        if self.alone {
            t("bulk.is_me_last")
        } else {
            t("bulk.is_me")
        }
    }

    /// Who of `able` is in the way of a change that was refused for that; nobody where it is none
    /// of them.
    async fn of(
        caller: &AccountCaller,
        able: &[MembershipId],
        chosen: &[ListedMember],
        reason: Reason,
        alone: bool,
    ) -> Result<Self> {
        let me = caller.me().member;
        let ids = chosen.iter().map(|one| &one.member);
        let ids = ids.map(|member| (member.membership_id(), member.id));
        let mut ids: Vec<_> = ids.filter(|(id, _)| able.contains(id)).collect();
        let why = match reason {
            Reason::OwnRoles => {
                ids.retain(|(_, id)| me == Some(*id));
                if alone {
                    t("bulk.is_me_last")
                } else {
                    t("bulk.is_me")
                }
            }
            Reason::LastSuperAdministrator => {
                ids = caller.read_long(move |tx| supers(tx, ids)).await?;
                t("bulk.is_last")
            }
            _ => return Ok(Self::default()),
        };
        let ids = ids.into_iter().map(|(id, _)| id).collect();
        Ok(Self { ids, why, alone })
    }
}

/// Those of them who are Super Administrators of the whole account.
fn supers(
    tx: &ReadTx<'_>,
    ids: Vec<(MembershipId, MemberId)>,
) -> Result<Vec<(MembershipId, MemberId)>> {
    let mut supers = Vec::new();
    for (membership, id) in ids {
        if is_super(tx, id)? {
            supers.push((membership, id));
        }
    }
    Ok(supers)
}

/// Whether that member is Super Administrator of the whole account.
fn is_super(tx: &ReadTx<'_>, id: MemberId) -> Result<bool> {
    let access = app::access::effective(tx, &MemberRef::Id(id))?;
    let found = access
        .roles
        .iter()
        .find(|role| role.permission_group == catalogue::SUPER_ADMINISTRATOR);
    Ok(found.is_some_and(|role| role.is_effective() && role.is_unrestricted()))
}

/// Whether that member is Super Administrator of the whole account, and nobody else.
pub(in crate::http::console) fn is_alone(tx: &ReadTx<'_>, me: MemberId) -> Result<bool> {
    if !is_super(tx, me)? {
        return Ok(false);
    }
    let which = RoleRef::PermissionGroup(catalogue::SUPER_ADMINISTRATOR);
    let found = app::access::holders(tx, &which, HoldersAfter::default(), LOOKED_MAX)?;
    let others = found
        .holders
        .iter()
        .filter(|one| one.effective.is_unrestricted());
    let others = others.filter(|one| one.member.membership_id != me.membership());
    Ok(found.next.is_none() && others.count() == 0)
}

/// One of those chosen.
struct Row {
    name: String,
    email: String,
    href: String,
    state: Badge,
    /// Why nothing is done with them.
    obstacle: String,
}

#[derive(Template)]
#[template(path = "pages/members/bulk.html")]
struct Bulk {
    chrome: Chrome,
    lead: String,
    rows: Vec<Row>,
    /// Those chosen with whom it can't be done, and how many.
    left_out: Vec<Row>,
    left_title: String,
    form: Form,
    group: Option<Field>,
    preview: Option<AccessPreview>,
    /// That oneself is among them, where that is not refused.
    note: &'static str,
    /// Nothing where there is nobody to do it with.
    submit: String,
    icon: &'static str,
    kind: &'static str,
    /// The word of the button that previews first, where a field is to be filled in.
    previews: bool,
    cancel: String,
}

/// `GET /a/{account_id}/members/bulk`: who was chosen is in no address.
pub async fn again(caller: AccountCaller) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    Ok(see_other(&caller.chrome().path("/members")))
}

/// `POST /a/{account_id}/members/bulk`.
pub async fn bulk(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let list = caller.chrome().path("/members");
    let ids: Vec<MembershipId> = form
        .all("id")
        .into_iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    let act = Act::parse(form.get("action"));
    let Some(act) = act.filter(|_| !ids.is_empty()) else {
        let notice = Notice::new(Tone::Warn, t("bulk.nobody"), t("bulk.nobody_why"));
        return Ok(flash::lead(&req, &list, &notice));
    };
    let chosen = caller.read(|tx| shown::some(tx, &ids))?;
    let nobody = Kept::nobody(&caller, &chosen)?;
    let (first, able) = page(&caller, &req, (&form, act), &chosen, &nobody)?;
    let kept = match finish(&caller, &req, (&form, act), first, &able).await? {
        Done::Answered(answer) => return Ok(answer),
        Done::Refused(page, reason) => {
            let kept = Kept::of(&caller, &able, &chosen, reason, nobody.alone).await?;
            if kept.ids.is_empty() {
                return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, page.as_ref());
            }
            kept
        }
    };
    // Those in the way are left out, and told; what it does to the others is shown at once.
    let again = Sent::of("group", form.get("group"));
    let (rest, able) = self::page(&caller, &req, (&form, act), &chosen, &kept)?;
    match finish(&caller, &req, (&again, act), rest, &able).await? {
        Done::Answered(answer) => Ok(answer),
        Done::Refused(page, _) => html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, page.as_ref()),
    }
}

/// What came of a change that was asked for.
enum Done {
    Answered(HttpResponse),
    /// The page that says so, and why.
    Refused(Box<Bulk>, Reason),
}

/// Which group, where they are to be added to one.
fn group_field(caller: &AccountCaller, (form, act): (&Sent, Act)) -> Result<Option<Field>> {
    if act != Act::Group {
        return Ok(None);
    }
    let groups = caller.read(local_groups)?;
    let named = groups.into_iter().map(|(_, name)| Choice::new(&name, ""));
    let field = Field::combo("group", t("bulk.group_field"), named.collect())
        .value(form.get("group"))
        .hint(t("bulk.group_hint"))
        .autocomplete("off")
        .required();
    Ok(Some(field))
}

/// The page without its preview, and those with whom it can be done.
fn page(
    caller: &AccountCaller,
    req: &HttpRequest,
    (form, act): (&Sent, Act),
    chosen: &[ListedMember],
    kept: &Kept,
) -> Result<(Bulk, Vec<MembershipId>)> {
    let [title, lead, submit, _, icon, none] = act.words();
    let me = caller.me().member;
    let (able, left): (Vec<&ListedMember>, Vec<&ListedMember>) = chosen
        .iter()
        .partition(|one| act.obstacle(one, me, kept).is_empty());
    let ids: Vec<MembershipId> = able.iter().map(|one| one.member.membership_id()).collect();
    let count = u64::try_from(ids.len()).unwrap_or(0);
    let title = match count {
        0 => tn(none, u64::try_from(chosen.len()).unwrap_or(0)),
        n => tn(title, n),
    };
    let chrome = below_list(chrome(caller, req, &title));
    let row = |one: &ListedMember| Row {
        name: one.name.clone(),
        email: one.email.clone(),
        href: chrome.path(&format!("/members/{}", one.member.membership_id())),
        state: state(one.member.state),
        obstacle: act.obstacle(one, me, kept),
    };
    let left: Vec<Row> = left.into_iter().map(row).collect();
    let mut sent = Form::new(chrome.path("/members/bulk")).hidden("action", act.name());
    for id in &ids {
        sent = sent.hidden("id", id.to_string());
    }
    let group = group_field(caller, (form, act))?;
    let page = Bulk {
        lead: t(if count > 0 { lead } else { "bulk.none_able" }).to_owned(),
        rows: able.iter().copied().map(row).collect(),
        left_title: match count {
            0 => t("bulk.none_why").to_owned(),
            _ => tn("bulk.left_out", u64::try_from(left.len()).unwrap_or(0)),
        },
        left_out: left,
        form: sent,
        note: act.note(&able, me),
        previews: group.is_some(),
        group,
        preview: None,
        submit: match count {
            0 => String::new(),
            n => tn(submit, n),
        },
        icon,
        kind: if act == Act::Group {
            "primary"
        } else {
            "danger"
        },
        cancel: chrome.path("/members"),
        chrome,
    };
    Ok((page, ids))
}

async fn finish(
    caller: &AccountCaller,
    req: &HttpRequest,
    (sent, act): (&Sent, Act),
    mut page: Bulk,
    able: &[MembershipId],
) -> std::result::Result<Done, ConsoleError> {
    let group = sent.text("group").unwrap_or_default();
    // Nothing to ask yet.
    if able.is_empty() || (act == Act::Group && group.is_empty()) {
        return html_as(req, StatusCode::OK, &page).map(Done::Answered);
    }
    if act == Act::Group
        && let Some(wrong) = unknown_group(caller, group)?
    {
        page.group = page.group.map(|field| field.error(wrong));
        page.form = page.form.errors_of(&page.group);
        return html_as(req, StatusCode::UNPROCESSABLE_ENTITY, &page).map(Done::Answered);
    }
    let status = match decide(caller, act.change(able, group), sent, false).await? {
        Outcome::Saved => {
            let count = u64::try_from(able.len()).unwrap_or(0);
            let done = tn(act.words()[3], count);
            let done = flash::done(req, &page.cancel, &done, "");
            return Ok(Done::Answered(done));
        }
        Outcome::Shown(preview, fingerprint, status) => {
            page.preview = Some(preview);
            page.form = page.form.hidden("fingerprint", fingerprint);
            status
        }
        Outcome::Refused(why, reason) => {
            page.form = page.form.error(why);
            if act != Act::Group {
                let count = u64::try_from(able.len()).unwrap_or(0);
                page.chrome.title = tn(act.words()[5], count);
            }
            return Ok(Done::Refused(Box::new(page), reason));
        }
    };
    html_as(req, status, &page).map(Done::Answered)
}
