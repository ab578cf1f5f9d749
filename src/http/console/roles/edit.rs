//! The account's own roles: made, changed with a preview, and deleted when no policy names them;
//! and the catalogue's that an account hides.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::{address, below_list, chrome, find};
use crate::app;
use crate::app::preview::{self, Change, Confirmed};
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::MemberId;
use crate::domain::reason::Reason;
use crate::domain::role::custom::{
    DESCRIPTION_CHARS_MAX, NewRole, PermissionsChange, RoleChange, RoleDescription, RolePermission,
    parse_permissions,
};
use crate::domain::role::{Role, RoleHolder, RoleRef, RoleScope, RoleUse};
use crate::domain::text::RoleName;
use crate::http::console::access_preview::{AccessPreview, COMPARED_MAX};
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::Form as Sent;
use crate::http::console::pressed::Press;
use crate::http::console::tokens::secret::form_key;
use crate::http::console::view::{Choice, FORM_KEY, Field, Form, Input, Link};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html, html_as, refusal};

#[derive(Template)]
#[template(path = "pages/roles/edit.html")]
struct Edit {
    chrome: Chrome,
    lead: &'static str,
    form: Form,
    fields: Vec<Field>,
    preview: Option<AccessPreview>,
    /// Whether its effect is shown before it is saved.
    previews: bool,
    submit: &'static str,
    cancel: String,
}

/// The fields as they are filled in.
struct Draft {
    name: String,
    description: String,
    scope: String,
    permissions: String,
}

/// The permissions of a line or of what stands between commas: several where white space parts them,
/// and the whole of it where none of those is one, for an error to quote.
fn each(piece: &str) -> Vec<&str> {
    let is_one = |text: &&str| {
        let sides = text.split_once(':');
        sides.is_some_and(|(resource, action)| !resource.is_empty() && !action.is_empty())
    };
    let parts: Vec<&str> = piece.split_whitespace().collect();
    match parts.as_slice() {
        [] | [_] => parts,
        several if several.iter().any(is_one) => parts,
        _ => vec![piece.trim()],
    }
}

impl Draft {
    fn of_form(form: &Sent) -> Self {
        let text = |name: &str| form.text(name).unwrap_or_default().to_owned();
        Self {
            name: text("name"),
            description: text("description"),
            scope: text("scope"),
            permissions: text("permissions"),
        }
    }

    fn of_role(role: &Role) -> Self {
        let permissions: Vec<&str> = role
            .permissions
            .iter()
            .map(RolePermission::as_str)
            .collect();
        Self {
            name: role.name.clone(),
            description: role.description.clone(),
            scope: role.scope.name().to_owned(),
            permissions: permissions.join("\n"),
        }
    }

    fn empty() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            scope: RoleScope::Account.name().to_owned(),
            permissions: String::new(),
        }
    }

    fn fields(&self) -> Vec<Field> {
        let scope = |scope: RoleScope, word| {
            Choice::new(scope.name(), t(word)).chosen(scope.name() == self.scope)
        };
        vec![
            Field::text("name", t("roles.name"))
                .value(&self.name)
                .autocomplete("off")
                .length_max(RoleName::CHARS_MAX)
                .required(),
            Field::select(
                "scope",
                t("roles.scope"),
                vec![
                    scope(RoleScope::Account, "roles.on_account"),
                    scope(RoleScope::Domain, "roles.on_domains"),
                ],
            ),
            Field::text("description", t("roles.description"))
                .value(&self.description)
                .autocomplete("off")
                .length_max(DESCRIPTION_CHARS_MAX)
                .wide(),
            Field::area("permissions", t("roles.permissions"), 6)
                .value(&self.permissions)
                .hint(t("roles.permissions_hint"))
                .wide(),
        ]
    }

    /// The role that this describes, or the fields with what is wrong with them.
    fn parse(&self) -> Result<NewRole, Vec<Field>> {
        let texts = self.permissions.split([',', '\n', '\r']).flat_map(each);
        let name = RoleName::parse(&self.name);
        let name = name.map_err(|error| match self.name.as_str() {
            "" => t("roles.no_name").to_owned(),
            _ => error.message().to_owned(),
        });
        let told = |error: Error| error.message().to_owned();
        let scope = RoleScope::parse_own(&self.scope).map_err(told);
        let description = RoleDescription::parse(&self.description).map_err(told);
        let permissions = parse_permissions(texts).map_err(told);
        match (name, scope, description, permissions) {
            (Ok(name), Ok(scope), Ok(description), Ok(permissions)) => Ok(NewRole {
                name,
                description,
                scope,
                permissions,
            }),
            (name, scope, description, permissions) => {
                let errors = [
                    name.err(),
                    scope.err(),
                    description.err(),
                    permissions.err(),
                ];
                let fields = self.fields().into_iter().zip(errors);
                Err(fields
                    .map(|(field, error)| match error {
                        Some(error) => field.error(error),
                        None => field,
                    })
                    .collect())
            }
        }
    }
}

fn new_page(caller: &AccountCaller, req: &HttpRequest, draft: &Draft) -> Edit {
    let chrome = chrome(caller, req, t("roles.create"));
    let mut fields = draft.fields();
    if let Some(first) = fields.first_mut() {
        first.autofocus = true;
    }
    Edit {
        lead: t("roles.create_lead"),
        form: Form::new(chrome.path("/roles/new")).hidden(FORM_KEY, form_key(caller)),
        fields,
        preview: None,
        previews: false,
        submit: t("roles.create"),
        cancel: chrome.path("/roles"),
        chrome: below_list(chrome),
    }
}

/// The page again, with what is wrong.
fn again(req: &HttpRequest, mut page: Edit, fields: Vec<Field>) -> Answer {
    page.form = page.form.errors_of(&fields);
    page.fields = fields;
    html_as(req, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// The page again, with a refusal of the use case: of the name where it is taken.
fn refused(req: &HttpRequest, mut page: Edit, error: Error) -> Answer {
    let of_name = error.reason() == Reason::NameTaken;
    let why = refusal(error)?;
    let name = page.fields.iter_mut().find(|field| field.name == "name");
    page.form = match name.filter(|_| of_name) {
        Some(name) => {
            name.error = why;
            page.form.errors_of(&page.fields)
        }
        None => page.form.error(why),
    };
    html_as(req, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `GET /a/{account_id}/roles/new`.
pub async fn new(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::RolesWrite)?;
    html(&req, &new_page(&caller, &req, &Draft::empty()))
}

/// `POST /a/{account_id}/roles/new`: nobody has it yet, so nobody's access changes.
pub async fn create(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::RolesWrite)?;
    let draft = Draft::of_form(&form);
    let page = new_page(&caller, &req, &draft);
    let new = match draft.parse() {
        Ok(new) => new,
        Err(fields) => return again(&req, page, fields),
    };
    let press = Press::of(&caller, &form);
    let (noted, chrome) = (press.clone(), page.chrome.clone());
    let made = caller
        .write(Permission::RolesWrite, move |tx| {
            let role = app::roles::create(tx, &new)?;
            let title = tf("roles.created", &[&role.name]);
            let at = address(&chrome, &role);
            noted.made(&at, &title);
            Ok((at, title))
        })
        .await;
    match made {
        Ok((at, title)) => Ok(flash::done(&req, &at, &title, t("roles.created_next"))),
        Err(error) => {
            let taken = error.reason() == Reason::NameTaken;
            match press.before(&req).filter(|_| taken) {
                Some(before) => Ok(before),
                None => refused(&req, page, error),
            }
        }
    }
}

fn edit_page(caller: &AccountCaller, req: &HttpRequest, role: &Role, draft: &Draft) -> Edit {
    let chrome = chrome(caller, req, t("roles.edit"));
    let at = address(&chrome, role);
    let seen = role.modified_ms.unwrap_or_default().to_string();
    let mut form = Form::new(format!("{at}/edit")).hidden("seen", seen);
    if role.built_in {
        t("roles.built_in_stays").clone_into(&mut form.disabled);
    }
    Edit {
        lead: t("roles.edit_lead"),
        form,
        fields: draft.fields(),
        preview: None,
        previews: true,
        submit: t("roles.save"),
        cancel: at.clone(),
        chrome: below_list(chrome).crumb(&role.name, at),
    }
}

/// `GET /a/{account_id}/roles/{role_id}/edit`.
pub async fn edit(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::RolesWrite)?;
    let role = find(&caller, &req)?;
    html(
        &req,
        &edit_page(&caller, &req, &role, &Draft::of_role(&role)),
    )
}

/// `POST /a/{account_id}/roles/{role_id}/edit`: shown first, and saved as it was shown.
pub async fn edited(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::RolesWrite)?;
    let role = find(&caller, &req)?;
    let draft = Draft::of_form(&form);
    let mut page = edit_page(&caller, &req, &role, &draft);
    let new = match draft.parse() {
        Ok(new) => new,
        Err(fields) => return again(&req, page, fields),
    };
    let change = RoleChange {
        name: Some(new.name),
        description: Some(new.description),
        scope: Some(new.scope),
        permissions: PermissionsChange::Replace(new.permissions),
    };
    let which = RoleRef::PermissionGroup(role.permission_group);
    let change = Change::Role(which, change);
    let fingerprint = form.get("fingerprint").to_owned();
    let stale = form.get("seen") != role.modified_ms.unwrap_or_default().to_string();
    let asks = form.ticked("preview") || fingerprint.is_empty() || stale;
    let done = caller
        .write(Permission::RolesWrite, move |tx| {
            if asks {
                preview::show(tx, &change, COMPARED_MAX).map(Confirmed::Moved)
            } else {
                preview::confirm(tx, &change, COMPARED_MAX, &fingerprint)
            }
        })
        .await;
    match done {
        Ok(Confirmed::Made(_)) => {
            let title = tf("roles.changed", &[&draft.name]);
            Ok(flash::done(&req, &page.cancel, &title, ""))
        }
        Ok(Confirmed::Moved(shown)) => {
            let preview = AccessPreview::of(&shown.preview, &page.chrome.path(""));
            let (preview, status) = if asks && !stale {
                (preview, StatusCode::OK)
            } else {
                (preview.moved(), StatusCode::CONFLICT)
            };
            page.preview = Some(preview);
            page.form = page.form.hidden("fingerprint", shown.fingerprint);
            html_as(&req, status, &page)
        }
        Err(error) => refused(&req, page, error),
    }
}

#[derive(Template)]
#[template(path = "pages/roles/delete.html")]
struct Delete {
    chrome: Chrome,
    name: String,
    /// Whose policies name the role, and that keep it.
    uses: Vec<Link>,
    uses_title: String,
    /// Why it can't be deleted, and what is to be done; nothing where it can.
    kept: String,
    form: Form,
    cancel: String,
}

fn delete_page(caller: &AccountCaller, req: &HttpRequest, role: &Role) -> Result<Delete> {
    let which = RoleRef::PermissionGroup(role.permission_group);
    let chrome = chrome(caller, req, "");
    let at = address(&chrome, role);
    let (total, uses) = if role.built_in {
        (0, Vec::new())
    } else {
        caller.read(|tx| app::roles::uses(tx, &which))?
    };
    let count = u64::try_from(total).unwrap_or(0);
    let kept = match count {
        _ if role.built_in => t("roles.built_in_stays").to_owned(),
        0 => String::new(),
        n => tn("roles.in_use", n),
    };
    let people = uses.iter().filter_map(|one| match &one.holder {
        RoleHolder::Member { id, .. } => id.member(),
        RoleHolder::Group { .. } => None,
    });
    let people: Vec<MemberId> = people.collect();
    let names = caller.read(|tx| app::members::shown::names(tx, &people))?;
    let link = |one: &RoleUse| match &one.holder {
        RoleHolder::Member { id, user_name } => {
            let at = chrome.path(&format!("/members/{id}"));
            let known = names.iter().find(|(known, _)| Some(*known) == id.member());
            let called = known.map_or(user_name, |(_, name)| name);
            Link::new(tf("roles.use_member", &[called]), at)
        }
        RoleHolder::Group { id, name } => {
            let at = chrome.path(&format!("/groups/{id}#p-{}", one.policy));
            Link::new(tf("roles.use_group", &[name]), at)
        }
    };
    let mut links: Vec<Link> = uses.iter().map(link).collect();
    let more = count.saturating_sub(u64::try_from(links.len()).unwrap_or(0));
    if more > 0 {
        // Once those are changed, the others are named.
        links.push(Link::new(tn("roles.uses_more", more), ""));
    }
    let title = if kept.is_empty() {
        "roles.delete_title"
    } else {
        "roles.delete_not"
    };
    let chrome = chrome.titled(tf(title, &[&role.name]));
    Ok(Delete {
        name: role.name.clone(),
        uses: links,
        uses_title: tn("roles.uses", count),
        kept,
        form: Form::new(format!("{at}/delete")),
        cancel: at.clone(),
        chrome: below_list(chrome).crumb(&role.name, at),
    })
}

/// `GET /a/{account_id}/roles/{role_id}/delete`.
pub async fn delete(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::RolesWrite)?;
    let role = find(&caller, &req)?;
    html(&req, &delete_page(&caller, &req, &role)?)
}

/// `POST /a/{account_id}/roles/{role_id}/delete`: refused with the list while policies name it.
pub async fn deleted(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, .. } = posted;
    caller.require(Permission::RolesWrite)?;
    let role = find(&caller, &req)?;
    let which = RoleRef::PermissionGroup(role.permission_group);
    let done = caller
        .write(Permission::RolesWrite, move |tx| {
            app::roles::delete(tx, &which)
        })
        .await;
    match done {
        Ok(role) => {
            let list = caller.chrome().path("/roles");
            let title = tf("roles.deleted", &[&role.name]);
            Ok(flash::done(&req, &list, &title, ""))
        }
        Err(error) if matches!(error.kind(), Kind::Conflict | Kind::Immutable) => {
            let mut page = delete_page(&caller, &req, &role)?;
            if page.kept.is_empty() {
                error.message().clone_into(&mut page.kept);
                page.chrome.title = tf("roles.delete_not", &[&role.name]);
            }
            html_as(&req, StatusCode::CONFLICT, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /a/{account_id}/roles/{role_id}/hide`: out of lists, or back; whoever holds it keeps it.
pub async fn hide(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::RolesWrite)?;
    let role = find(&caller, &req)?;
    let which = RoleRef::PermissionGroup(role.permission_group);
    let hides = form.ticked("hidden");
    let role = caller
        .write(Permission::RolesWrite, move |tx| {
            if hides {
                app::roles::hide(tx, &which)
            } else {
                app::roles::unhide(tx, &which)
            }
        })
        .await?;
    let title = if hides {
        tf("roles.was_hidden", &[&role.name])
    } else {
        tf("roles.was_unhidden", &[&role.name])
    };
    let at = address(&caller.chrome(), &role);
    Ok(flash::done(&req, &at, &title, ""))
}
