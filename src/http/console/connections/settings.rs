//! How a connection's provider is treated: the fields, and saving them.

use super::brake::told;
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::brake::Brake;
use crate::domain::connection::{
    AdoptExisting, AttributeUpdates, Connection, ConnectionChange, SettingsChange,
};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::text::Label;
use crate::http::console::caller::AccountCaller;
use crate::http::console::form::Form as Sent;
use crate::http::console::view::{Choice, Field, Form};
use crate::http::console::words::{t, tf};

/// What stands in the form.
#[derive(Debug, Clone)]
pub struct Entered {
    pub name: String,
    strict: bool,
    updates: AttributeUpdates,
    pub adopt: AdoptExisting,
    pub require_domain: bool,
    brake: String,
}

impl Entered {
    pub fn of(connection: &Connection) -> Self {
        let settings = &connection.settings;
        Self {
            name: connection.name.clone(),
            strict: settings.strict_upn_email,
            updates: settings.attribute_updates,
            adopt: settings.adopt_existing,
            require_domain: settings.require_sso_domain,
            brake: settings.brake.to_string(),
        }
    }

    pub fn sent(form: &Sent) -> Self {
        Self {
            name: form.get("name").trim().to_owned(),
            strict: form.ticked("strict"),
            updates: match form.get("updates") {
                "ignore" => AttributeUpdates::Ignore,
                _ => AttributeUpdates::Store,
            },
            adopt: match form.get("adopt") {
                "refuse" => AdoptExisting::Refuse,
                _ => AdoptExisting::Adopt,
            },
            require_domain: form.ticked("domain"),
            brake: form.get("brake").trim().to_owned(),
        }
    }

    /// The same for a form that shows none of it, and sends it on.
    pub fn kept(&self, form: Form) -> Form {
        let updates = match self.updates {
            AttributeUpdates::Store => "store",
            AttributeUpdates::Ignore => "ignore",
        };
        let adopt = match self.adopt {
            AdoptExisting::Adopt => "adopt",
            AdoptExisting::Refuse => "refuse",
        };
        let mut form = form
            .hidden("name", &self.name)
            .hidden("updates", updates)
            .hidden("adopt", adopt)
            .hidden("brake", &self.brake);
        for (name, ticked) in [("strict", self.strict), ("domain", self.require_domain)] {
            if ticked {
                form = form.hidden(name, "1");
            }
        }
        form
    }

    /// The name and the brake, or what is wrong with them, by field.
    pub fn read(&self) -> std::result::Result<(Label, Brake), Wrong> {
        let mut wrong = Vec::new();
        let mut note = |field, error: &Error| wrong.push((field, error.message().to_owned()));
        let name = Label::parse(&self.name).map_err(|error| note("name", &error));
        let brake = Brake::parse(&self.brake).map_err(|error| note("brake", &error));
        match (name, brake) {
            (Ok(name), Ok(brake)) => Ok((name, brake)),
            _ => Err(wrong),
        }
    }
}

/// What is wrong with the form, by field.
pub type Wrong = Vec<(&'static str, String)>;

/// What the form was made of: it is saved only where that still is so.
pub fn print(connection: &Connection) -> String {
    let settings = &connection.settings;
    format!(
        "{} {} {} {} {} {}",
        settings.strict_upn_email,
        settings.attribute_updates == AttributeUpdates::Ignore,
        settings.adopt_existing == AdoptExisting::Refuse,
        settings.require_sso_domain,
        settings.brake,
        connection.name,
    )
}

pub fn fields(
    connection: &Connection,
    entered: &Entered,
    writes: bool,
    members: i64,
) -> Vec<Field> {
    let allowed = told(connection.settings.brake, members);
    let updates = entered.updates == AttributeUpdates::Ignore;
    let adopt = entered.adopt == AdoptExisting::Refuse;
    let mut name = Field::text("name", t("setup.connection_name"))
        .value(&entered.name)
        .wide();
    if connection.built_in {
        name = name.locked(t("connections.name_locked"));
    }
    let fields = vec![
        name,
        Field::check("strict", t("connections.strict"), entered.strict)
            .hint(t("connections.strict_hint"))
            .wide(),
        Field::select(
            "updates",
            t("connections.updates"),
            vec![
                Choice::new("store", t("connections.updates_store")).chosen(!updates),
                Choice::new("ignore", t("connections.updates_ignore")).chosen(updates),
            ],
        )
        .hint(t("connections.updates_hint")),
        Field::select(
            "adopt",
            t("connections.adopt"),
            vec![
                Choice::new("adopt", t("connections.adopt_yes")).chosen(!adopt),
                Choice::new("refuse", t("connections.adopt_no")).chosen(adopt),
            ],
        )
        .hint(t("connections.adopt_hint")),
        Field::check("domain", t("connections.domain"), entered.require_domain)
            .hint(t("connections.domain_hint"))
            .wide(),
        Field::text("brake", t("connections.brake"))
            .value(&entered.brake)
            .hint(tf("connections.brake_hint", &[&allowed]))
            .wide(),
    ];
    let locked = |field: Field| {
        if writes || !field.locked.is_empty() {
            field
        } else {
            field.locked(t("connections.locked"))
        }
    };
    fields.into_iter().map(locked).collect()
}

/// What became of saving.
pub enum Saved {
    Done,
    Wrong(Wrong),
    /// Somebody changed it meanwhile.
    Stale,
}

/// Saves what was entered, if the connection still is what `was` says.
///
/// Errors: those that no form can mend.
pub async fn save(
    caller: &AccountCaller,
    before: &Connection,
    (entered, name, brake): (&Entered, Label, Brake),
    was: &str,
) -> Result<Saved> {
    let change = ConnectionChange {
        name: (!before.built_in).then_some(name),
        settings: SettingsChange {
            strict_upn_email: Some(entered.strict),
            attribute_updates: Some(entered.updates),
            adopt_existing: Some(entered.adopt),
            require_sso_domain: Some(entered.require_domain),
            brake: Some(brake),
        },
    };
    let (id, was) = (before.id.to_string(), was.to_owned());
    let saved = caller
        .write(Permission::ConnectionsWrite, move |tx| {
            if print(&app::connections::find(tx, &id)?) != was {
                return Err(Error::stale(t("connections.stale")));
            }
            app::connections::set(tx, &id, &change)
        })
        .await;
    match saved {
        Ok(_) => Ok(Saved::Done),
        Err(error) if error.kind() == Kind::Stale => Ok(Saved::Stale),
        Err(error) if error.kind() == Kind::Conflict => {
            Ok(Saved::Wrong(vec![("name", error.message().to_owned())]))
        }
        Err(error) => Err(error),
    }
}
