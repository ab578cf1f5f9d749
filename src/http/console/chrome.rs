//! What surrounds every page: who looks at it, of which account, and the way elsewhere.

use super::format::{self, Times, initials, number};
use super::view::{Badge, Crumb, Notice};
use super::words::{t, tf};
use crate::domain::actor::{Permission, Standing};
use crate::domain::id::AccountId;
use crate::http::routes::is_page;

/// How the console looks to its viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The value of `data-theme`, of forms and of the database; [`Theme::System`] has none.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme that an operator chose.
    pub fn of(chosen: crate::domain::operator::Theme) -> Self {
        match chosen {
            crate::domain::operator::Theme::System => Self::System,
            crate::domain::operator::Theme::Light => Self::Light,
            crate::domain::operator::Theme::Dark => Self::Dark,
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// Who looks at the page.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub name: String,
    pub email: String,
    pub initials: String,
    pub theme: Theme,
    /// Whether keys are shortcuts (WCAG 2.1.4: they can be switched off).
    pub keys: bool,
    /// What decides of all that they may do.
    pub standing: Standing,
}

impl Viewer {
    pub fn new(name: &str, email: &str) -> Self {
        let shown = if name.is_empty() { email } else { name };
        Self {
            name: shown.to_owned(),
            email: email.to_owned(),
            initials: initials(shown),
            theme: Theme::System,
            keys: true,
            standing: Standing::default(),
        }
    }

    #[must_use]
    pub fn theme(mut self, theme: Theme) -> Self {
        self.theme = theme;
        self
    }

    #[must_use]
    pub fn keys(mut self, keys: bool) -> Self {
        self.keys = keys;
        self
    }

    #[must_use]
    pub fn standing(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    /// Whether accounts and operators are theirs.
    pub fn administers_box(&self) -> bool {
        self.standing.allows(Permission::BoxAdministration)
    }
}

/// The account whose pages these are.
#[derive(Debug, Clone)]
pub struct AccountSlot {
    pub name: String,
    pub short_id: String,
    /// `/a/{account id}`: what pages of the account begin with.
    pub base: String,
}

impl AccountSlot {
    pub fn new(id: AccountId, name: &str) -> Self {
        let id = id.to_string();
        Self {
            name: name.to_owned(),
            short_id: format!("{}…{}", &id[..8], &id[26..]),
            base: format!("/a/{id}"),
        }
    }
}

/// The entries of the sidebar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    Overview,
    Members,
    Groups,
    Roles,
    Explain,
    Connections,
    Log,
    Legacy,
    Tokens,
    Audit,
    Settings,
}

/// The groups of the sidebar: the key of the heading, and the entries with the key of their
/// word, icon, path below the account, and shortcut.
type NavEntry = (Nav, &'static str, &'static str, &'static str, &'static str);
const SIDEBAR: [(&str, &[NavEntry]); 5] = [
    (
        "nav.account",
        &[(Nav::Overview, "nav.overview", "gauge", "", "g o")],
    ),
    (
        "nav.people",
        &[
            (Nav::Members, "nav.members", "users", "/members", "g m"),
            (Nav::Groups, "nav.groups", "users-round", "/groups", "g g"),
        ],
    ),
    (
        "nav.access",
        &[
            (Nav::Roles, "nav.roles", "shield-check", "/roles", "g r"),
            (
                Nav::Explain,
                "nav.explain",
                "user-round-search",
                "/explain",
                "g e",
            ),
        ],
    ),
    (
        "nav.provisioning",
        &[
            (
                Nav::Connections,
                "nav.connections",
                "plug",
                "/connections",
                "g c",
            ),
            (Nav::Log, "nav.log", "activity", "/log", "g l"),
            (
                Nav::Legacy,
                "nav.legacy",
                "git-compare-arrows",
                "/migrate",
                "g y",
            ),
        ],
    ),
    (
        "nav.security",
        &[
            (Nav::Tokens, "nav.tokens", "key-round", "/tokens", "g t"),
            (Nav::Audit, "nav.audit", "scroll-text", "/audit", "g a"),
            (
                Nav::Settings,
                "nav.settings",
                "settings",
                "/settings",
                "g s",
            ),
        ],
    ),
];

/// How many there are of what an entry leads to; `None` is not shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct NavCounts {
    pub members: Option<u64>,
    pub groups: Option<u64>,
    pub connections: Option<u64>,
    pub tokens: Option<u64>,
    /// Legacy groups to be converted; `None`: there is nothing to lead to.
    pub legacy: Option<u64>,
}

impl NavCounts {
    fn of(self, nav: Nav) -> Option<u64> {
        match nav {
            Nav::Members => self.members,
            Nav::Groups => self.groups,
            Nav::Connections => self.connections,
            Nav::Tokens => self.tokens,
            Nav::Legacy => self.legacy,
            Nav::Overview | Nav::Roles | Nav::Explain | Nav::Log | Nav::Audit | Nav::Settings => {
                None
            }
        }
    }
}

/// One heading of the sidebar with its entries.
#[derive(Debug, Clone)]
pub struct NavGroup {
    pub id: String,
    pub heading: &'static str,
    pub items: Vec<NavItem>,
}

#[derive(Debug, Clone)]
pub struct NavItem {
    pub text: &'static str,
    pub icon: &'static str,
    pub href: String,
    pub key: &'static str,
    pub current: bool,
    /// Nothing for none.
    pub count: String,
    /// Whether the number asks for something to be done.
    pub hot: bool,
}

/// What surrounds a page. Every page has one, in a field called `chrome`.
#[derive(Debug, Clone)]
pub struct Chrome {
    /// The heading of the page, and what the window is called.
    pub title: String,
    pub crumbs: Vec<Crumb>,
    pub lang: &'static str,
    pub viewer: Option<Viewer>,
    pub account: Option<AccountSlot>,
    pub nav: Vec<NavGroup>,
    /// The value of the hidden field that every form sends back.
    pub csrf: String,
    /// What the last form did, shown once.
    pub flash: Option<Notice>,
    /// What holds for every page: a read-only database, held changes.
    pub banners: Vec<Notice>,
    /// Why nothing can be changed now; nothing when it can.
    pub read_only: String,
    /// The newest sync, for the top bar.
    pub sync: Option<Badge>,
    pub version: &'static str,
    pub times: Times,
    counts: NavCounts,
}

impl Chrome {
    /// For pages that nobody needs to be signed in for.
    pub fn bare(title: impl Into<String>, times: Times) -> Self {
        Self {
            title: title.into(),
            crumbs: Vec::new(),
            lang: "en",
            viewer: None,
            account: None,
            nav: Vec::new(),
            csrf: String::new(),
            flash: None,
            banners: Vec::new(),
            read_only: String::new(),
            sync: None,
            version: env!("CARGO_PKG_VERSION"),
            times,
            counts: NavCounts::default(),
        }
    }

    /// For pages of somebody who is signed in.
    pub fn new(viewer: Viewer, csrf: impl Into<String>, times: Times) -> Self {
        Self {
            viewer: Some(viewer),
            csrf: csrf.into(),
            ..Self::bare(String::new(), times)
        }
    }

    /// Of an account: the sidebar leads to its pages.
    #[must_use]
    pub fn account(mut self, account: AccountSlot, counts: NavCounts) -> Self {
        self.account = Some(account);
        self.counts = counts;
        self.nav = self.sidebar(None);
        self
    }

    /// The page's title, and the entry of the sidebar that it belongs to.
    #[must_use]
    pub fn page(mut self, nav: Nav, title: impl Into<String>) -> Self {
        self.title = title.into();
        self.nav = self.sidebar(Some(nav));
        self
    }

    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// One step of the way to the page, from the outermost.
    #[must_use]
    pub fn crumb(mut self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb {
            text: text.into(),
            href: href.into(),
            form: "",
        });
        self
    }

    /// A step to a page that holds what was entered: the form of that id is sent to it.
    #[must_use]
    pub fn crumb_by_form(mut self, text: impl Into<String>, form: &'static str) -> Self {
        self.crumbs.push(Crumb {
            text: text.into(),
            href: String::new(),
            form,
        });
        self
    }

    #[must_use]
    pub fn flash(mut self, flash: Option<Notice>) -> Self {
        self.flash = flash;
        self
    }

    #[must_use]
    pub fn banner(mut self, banner: Notice) -> Self {
        self.banners.push(banner);
        self
    }

    /// On the page that a banner leads to, the banner says nothing more.
    #[must_use]
    pub fn arrived(mut self, path: &str) -> Self {
        let leads_here = |banner: &Notice| banner.action.as_ref().is_some_and(|to| to.href == path);
        self.banners.retain(|banner| !leads_here(banner));
        self
    }

    /// Says on every page, and in every form, why nothing can be changed.
    #[must_use]
    pub fn read_only(mut self, why: impl Into<String>) -> Self {
        self.read_only = why.into();
        self
    }

    #[must_use]
    pub fn sync(mut self, sync: Option<Badge>) -> Self {
        self.sync = sync;
        self
    }

    /// An address below the account's: `chrome.path("/members")`.
    pub fn path(&self, below: &str) -> String {
        let base = self.account.as_ref().map_or("", |account| &account.base);
        format!("{base}{below}")
    }

    /// Whether the viewer may do that: what a page offers follows from it. The use cases ask for
    /// themselves.
    pub fn allows(&self, permission: Permission) -> bool {
        let viewer = self.viewer.as_ref();
        viewer.is_some_and(|viewer| viewer.standing.allows(permission))
    }

    /// Legacy groups to be converted, as the sidebar counts them.
    pub fn legacy_waiting(&self) -> u64 {
        self.counts.legacy.unwrap_or(0)
    }

    /// The title in its parts: an address breaks before its `@` where it does not fit a line.
    pub fn title_parts(&self) -> Vec<&str> {
        let mut ends: Vec<usize> = self.title.match_indices('@').map(|(at, _)| at).collect();
        ends.push(self.title.len());
        let mut from = 0;
        let part = |end| {
            let part = &self.title[from..end];
            from = end;
            part
        };
        ends.into_iter().map(part).collect()
    }

    /// What the window is called.
    pub fn window_title(&self) -> String {
        match &self.account {
            Some(account) => tf("title.account", &[&self.title, &account.name]),
            None => tf("title.plain", &[&self.title]),
        }
    }

    /// The words of relative times, for the script that goes on counting.
    pub fn relative_times(&self) -> &'static str {
        format::relative_words()
    }

    pub fn theme(&self) -> &'static str {
        self.viewer
            .as_ref()
            .map_or("", |viewer| viewer.theme.name())
    }

    pub fn keys_off(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| !viewer.keys)
    }

    fn sidebar(&self, current: Option<Nav>) -> Vec<NavGroup> {
        if self.account.is_none() {
            return Vec::new();
        }
        let item = |(nav, word, icon, path, key): &NavEntry| {
            let counted = self.counts.of(*nav);
            let is_legacy = *nav == Nav::Legacy;
            let legacy = !is_legacy || counted.is_some() || current == Some(*nav);
            let count = counted.filter(|count| !is_legacy || *count > 0);
            // What has no page here yet is not offered.
            let wanted = legacy && is_page(&format!("/a/{{account_id}}{path}"));
            wanted.then(|| NavItem {
                text: t(word),
                icon,
                href: self.path(path),
                key,
                current: current == Some(*nav),
                count: count.map(number).unwrap_or_default(),
                hot: is_legacy && count.is_some(),
            })
        };
        let group = |(at, (heading, entries)): (usize, &(&str, &[NavEntry]))| NavGroup {
            id: format!("nav-{}", at + 1),
            heading: t(heading),
            items: entries.iter().filter_map(item).collect(),
        };
        SIDEBAR.iter().enumerate().map(group).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::MemberRights;

    #[test]
    fn a_title_breaks_before_the_at_of_an_address() {
        let parts = |title: &str| {
            let chrome = Chrome::bare(title, Times::utc(0));
            let parts = chrome.title_parts();
            parts.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(parts("PATCH é@corp.example"), ["PATCH é", "@corp.example"]);
        assert_eq!(parts("Members"), ["Members"]);
        assert_eq!(parts("@a@").concat(), "@a@");
    }
    #[test]
    fn whoever_must_set_up_a_factor_is_offered_nothing_but_that() {
        let standing = |factor_missing| Standing {
            rights: Some(MemberRights::Everything),
            box_administrator: true,
            factor_missing,
        };
        let allowed = |factor_missing, permission| {
            let viewer = Viewer::new("Ada", "a@corp.example").standing(standing(factor_missing));
            Chrome::new(viewer, "", Times::utc(0)).allows(permission)
        };
        for permission in [Permission::DirectoryRead, Permission::BoxAdministration] {
            assert!(allowed(false, permission) && !allowed(true, permission));
        }
        assert!(allowed(true, Permission::OwnOperator));
    }
}
