//! Forms: fields with hints and errors, and what all forms have in common.

/// The field with the key by which a form is known when it comes twice.
pub const FORM_KEY: &str = "once";

/// One of several values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub text: String,
    pub chosen: bool,
    /// What is said under it; nothing for none.
    pub hint: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            text: text.into(),
            chosen: false,
            hint: String::new(),
        }
    }

    #[must_use]
    pub fn chosen(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// What is typed unseen. Where a form is kept for later, it is kept without these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    Password,
    /// The same once more.
    Again,
    /// The one that is to be replaced.
    Current,
}

impl Unseen {
    const ALL: [Self; 3] = [Self::Password, Self::Again, Self::Current];

    /// What the field is called in the request.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Again => "again",
            Self::Current => "current",
        }
    }

    pub fn is_one(name: &str) -> bool {
        Self::ALL.iter().any(|one| one.name() == name)
    }
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The type of an `input`: `text`, `email`, `password`, `search`, `number`, `date`, …
    Line(&'static str),
    /// So many rows.
    Area(u8),
    Select(Vec<Choice>),
    /// A line with suggestions.
    Combo(Vec<Choice>),
    /// A box to tick; the label stands beside it.
    Check(bool),
}

/// One field of a form. What it is called in the request is its id in the page too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub id: String,
    pub label: String,
    pub input: Input,
    pub value: String,
    /// Nothing for none.
    pub hint: String,
    /// Nothing for none.
    pub error: String,
    pub placeholder: String,
    /// The browser's name for what belongs here: `username`, `off`; nothing for none.
    pub autocomplete: &'static str,
    pub required: bool,
    /// Who owns the value instead, when it can't be changed here; nothing for nobody.
    pub locked: String,
    /// As wide as the form.
    pub wide: bool,
    pub autofocus: bool,
    /// The most characters; 0 for no limit.
    pub length_max: usize,
}

impl Field {
    fn new(name: &'static str, label: impl Into<String>, input: Input) -> Self {
        Self {
            name,
            id: format!("f-{name}"),
            label: label.into(),
            input,
            value: String::new(),
            hint: String::new(),
            error: String::new(),
            placeholder: String::new(),
            autocomplete: "",
            required: false,
            locked: String::new(),
            wide: false,
            autofocus: false,
            length_max: 0,
        }
    }

    pub fn text(name: &'static str, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Line("text"))
    }

    pub fn email(name: &'static str, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Line("email"))
    }

    /// A password is never shown again: it has no value.
    pub fn password(which: Unseen, label: impl Into<String>) -> Self {
        Self::new(which.name(), label, Input::Line("password"))
    }

    /// An input of that type.
    pub fn line(kind: &'static str, name: &'static str, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Line(kind))
    }

    pub fn area(name: &'static str, label: impl Into<String>, rows: u8) -> Self {
        Self::new(name, label, Input::Area(rows))
    }

    pub fn select(name: &'static str, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Input::Select(choices))
    }

    pub fn combo(name: &'static str, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Input::Combo(choices))
    }

    pub fn check(name: &'static str, label: impl Into<String>, ticked: bool) -> Self {
        Self::new(name, label, Input::Check(ticked))
    }

    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    #[must_use]
    pub fn error(mut self, error: impl Into<String>) -> Self {
        self.error = error.into();
        self
    }

    #[must_use]
    pub fn placeholder(mut self, placeholder: impl Into<String>) -> Self {
        self.placeholder = placeholder.into();
        self
    }

    #[must_use]
    pub fn autocomplete(mut self, name: &'static str) -> Self {
        self.autocomplete = name;
        self
    }

    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    #[must_use]
    pub fn locked(mut self, by: impl Into<String>) -> Self {
        self.locked = by.into();
        self
    }

    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    #[must_use]
    pub fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    #[must_use]
    pub fn length_max(mut self, characters: usize) -> Self {
        self.length_max = characters;
        self
    }

    /// Another id, where a page has two fields of one name.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// The ids of what describes the field, for `aria-describedby`; nothing for none.
    pub fn described_by(&self) -> String {
        described_by(&self.id, &self.hint, &self.error)
    }
}

fn described_by(id: &str, hint: &str, error: &str) -> String {
    let parts = [(hint, "hint"), (error, "error")];
    let said = parts.iter().filter(|(text, _)| !text.is_empty());
    let ids: Vec<String> = said.map(|(_, part)| format!("{id}-{part}")).collect();
    ids.join(" ")
}

/// Boxes to tick or one to choose, as buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picks {
    pub name: &'static str,
    pub legend: String,
    pub many: bool,
    pub choices: Vec<Choice>,
    pub hint: String,
    pub error: String,
    /// Further choices are elsewhere.
    pub more: Option<super::Link>,
}

impl Picks {
    /// As a field's.
    pub fn described_by(&self) -> String {
        described_by(&format!("p-{}", self.name), &self.hint, &self.error)
    }
}

/// One line of the summary above a form that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The id of the field; nothing when it is about all of them.
    pub id: String,
    pub text: String,
}

/// What all forms that change something have in common. Its fields are the template's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    pub action: String,
    /// Sent with the form and not shown: the fingerprint of a preview, say.
    pub hidden: Vec<(&'static str, String)>,
    pub errors: Vec<FieldError>,
    /// The heading over the errors; nothing for the usual one.
    pub refusal: String,
    /// Why nothing can be sent now; nothing when it can.
    pub disabled: String,
}

impl Form {
    pub fn new(action: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn hidden(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// What is said over the errors where nothing was to be saved: "Not signed in".
    #[must_use]
    pub fn refusal(mut self, heading: impl Into<String>) -> Self {
        self.refusal = heading.into();
        self
    }

    /// Whether it is known when it comes twice: then it is sent once where there is script.
    pub fn is_marked(&self) -> bool {
        self.hidden.iter().any(|(name, _)| *name == FORM_KEY)
    }

    /// Collects what is wrong with the fields, in their order.
    #[must_use]
    pub fn errors_of<'f>(mut self, fields: impl IntoIterator<Item = &'f Field>) -> Self {
        let wrong = fields.into_iter().filter(|field| !field.error.is_empty());
        self.errors.extend(wrong.map(|field| FieldError {
            id: field.id.clone(),
            text: field.error.clone(),
        }));
        self
    }

    /// Something that is wrong with the whole.
    #[must_use]
    pub fn error(mut self, text: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            id: String::new(),
            text: text.into(),
        });
        self
    }
}
