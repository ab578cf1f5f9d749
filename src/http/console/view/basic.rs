//! The small parts: badges, buttons, links, notices.

use crate::domain::connection::{BUILT_IN_NAME, ProviderKind};

/// What a colour says. Never the colour alone: a word or an icon says it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Plain,
    Accent,
    Ok,
    Warn,
    Bad,
}

impl Tone {
    /// The class in the stylesheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Accent => "accent",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A text that leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub text: String,
    pub href: String,
}

impl Link {
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
        }
    }
}

/// One step of the way to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    pub text: String,
    pub href: String,
    /// The page's form that leads there with what was entered so far; nothing: the address does.
    pub form: &'static str,
}

/// The word of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    pub tone: Tone,
    /// Name of an icon; nothing for none.
    pub icon: &'static str,
    pub text: String,
    /// A dot that pulses, for what goes on.
    pub live: bool,
    pub href: Option<String>,
}

impl Badge {
    pub fn new(tone: Tone, icon: &'static str, text: impl Into<String>) -> Self {
        Self {
            tone,
            icon,
            text: text.into(),
            live: false,
            href: None,
        }
    }

    pub fn live(text: impl Into<String>) -> Self {
        Self {
            live: true,
            ..Self::new(Tone::Ok, "", text)
        }
    }

    #[must_use]
    pub fn leads_to(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}

/// A link that looks like a button, for `actions` of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub text: String,
    pub href: String,
    pub icon: &'static str,
    /// `primary`, `danger`, `quiet` or nothing.
    pub kind: &'static str,
    /// The key that presses it (`n` for a page's primary action); nothing for none.
    pub key: &'static str,
}

impl Button {
    pub fn new(icon: &'static str, text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
            icon,
            kind: "",
            key: "",
        }
    }

    /// What takes something away.
    #[must_use]
    pub fn dangerous(mut self) -> Self {
        self.kind = "danger";
        self
    }

    /// The page's own action, which `n` presses.
    pub fn primary(icon: &'static str, text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            kind: "primary",
            key: "n",
            ..Self::new(icon, text, href)
        }
    }
}

/// Something said above the page, or in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub tone: Tone,
    pub icon: &'static str,
    pub title: String,
    /// One sentence or two; nothing for none.
    pub text: String,
    pub action: Option<Link>,
}

impl Notice {
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        let icon = match tone {
            Tone::Plain | Tone::Accent => "info",
            Tone::Ok => "circle-check",
            Tone::Warn => "triangle-alert",
            Tone::Bad => "circle-x",
        };
        Self {
            tone,
            icon,
            title: title.into(),
            text: text.into(),
            action: None,
        }
    }

    #[must_use]
    pub fn icon(mut self, icon: &'static str) -> Self {
        self.icon = icon;
        self
    }

    #[must_use]
    pub fn action(mut self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.action = Some(Link::new(text, href));
        self
    }
}

/// Who owns an object: a provider, by its colour, or this console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The class of its colour.
    pub class: &'static str,
    pub name: String,
    pub href: Option<String>,
}

impl Source {
    pub fn provider(kind: ProviderKind, name: impl Into<String>) -> Self {
        let name = name.into();
        let class = match kind {
            ProviderKind::Okta => "okta",
            ProviderKind::Entra => "entra",
            ProviderKind::Authentik => "authentik",
            // What the account's own scripts write is no provider's; nothing else has that name.
            ProviderKind::Generic if name == BUILT_IN_NAME => "local",
            ProviderKind::Generic => "generic",
        };
        Self {
            class,
            name,
            href: None,
        }
    }

    /// Made here.
    pub fn local(name: impl Into<String>) -> Self {
        Self {
            class: "local",
            name: name.into(),
            href: None,
        }
    }

    #[must_use]
    pub fn leads_to(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}

/// One of the pages of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    pub text: String,
    pub href: String,
    /// How many there are, as text; nothing for none.
    pub count: String,
    pub current: bool,
}

/// A list without rows: why, and the one thing to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Empty {
    pub icon: &'static str,
    pub title: String,
    pub why: String,
    pub action: Option<Button>,
}
