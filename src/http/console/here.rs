//! Which page of this console does what a command does: sentences that name commands lead there,
//! or say who may do it where the viewer may not.

use super::chrome::Chrome;
use super::view::{Link, Prose};
use super::words::t;
use crate::domain::actor::{MemberRights, Permission};
use crate::domain::connection::ProviderKind;
use crate::domain::id::ConnectionId;
use crate::domain::reason::Reason;

impl Chrome {
    /// A sentence that may name commands beside somebody's words, with the pages that do the same.
    pub fn prose(&self, text: &str) -> Prose {
        self.led(Prose::told(text), None)
    }

    /// What mends a refusal, with the pages where that is done; said of a connection where it is
    /// known.
    pub fn fix(
        &self,
        reason: Reason,
        kind: ProviderKind,
        connection: Option<ConnectionId>,
    ) -> Prose {
        self.mended(reason.fix(kind), reason, connection)
    }

    /// The same in those words, where no page of this console does it.
    pub fn mended(
        &self,
        words: &'static str,
        reason: Reason,
        connection: Option<ConnectionId>,
    ) -> Prose {
        let mut fix = self.led(Prose::of(words), connection);
        // The command line makes another one alone.
        if reason == Reason::TokenDisabled
            && let Some(page) = way_of(TOKENS_OF, self, connection).and_then(|way| way.page)
        {
            fix = fix.led(page);
        }
        match at_console(reason) {
            Some(words) => Prose {
                pieces: Prose::of(words).pieces,
                ..fix
            },
            None => fix,
        }
    }

    fn led(&self, prose: Prose, connection: Option<ConnectionId>) -> Prose {
        let commands: Vec<String> = prose.commands().map(str::to_owned).collect();
        let mut led = prose;
        for command in commands {
            let Some(way) = way_of(&command, self, connection) else {
                continue;
            };
            if let Some(page) = way.page {
                let own = LISTS.iter().find(|(list, _)| *list == command);
                if let Some((_, words)) = own {
                    led.replace(&command, t(words));
                }
                led = led.led(page);
            }
            if let Some(who) = way.others {
                led = led.for_others(who);
            }
        }
        led
    }
}

/// Stands for the page of a connection's tokens.
const TOKENS_OF: &str = "provost token roll";

/// Commands that list what a page of this console lists, and what that is called.
const LISTS: [(&str, &str); 2] = [
    ("provost connection list", "here.connection_list"),
    ("provost token list", "here.token_list"),
];

/// What a page says in place of the command line's words, where its own pages do it, or a part of
/// it: the rest names its commands still.
fn at_console(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::Brake => Some(t("fix.brake")),
        Reason::BrakeDiscarded => Some(t("fix.brake_discarded")),
        Reason::UpnEmailMismatch => Some(t("fix.upn_email_mismatch")),
        Reason::ManagedElsewhere => Some(t("fix.managed_elsewhere")),
        Reason::SsoDomainMissing => Some(t("fix.sso_domain_missing")),
        Reason::ConnectionPaused => Some(t("fix.connection_paused")),
        Reason::LegacyPutBack => Some(t("fix.legacy_put_back")),
        Reason::LegacyRename => Some(t("fix.legacy_rename")),
        Reason::LegacyDelete => Some(t("fix.legacy_delete")),
        Reason::TokenExpired => Some(t("fix.token_expired")),
        Reason::TokenReplaced => Some(t("fix.token_replaced")),
        Reason::TokenMissing | Reason::TokenUnknown => Some(t("fix.token_new")),
        Reason::TokenDisabled => Some(t("fix.token_disabled")),
        Reason::PermissionMissing => Some(t("fix.permission_missing")),
        Reason::MethodNotAllowed | Reason::RouteUnknown | Reason::Unsupported => {
            Some(t("fix.base_url"))
        }
        _ => None,
    }
}

/// Where something is done in this console: the page, where the viewer may open it and it is of
/// use to them, and who may do it where they may not.
#[derive(Default)]
struct Way {
    page: Option<Link>,
    others: Option<&'static str>,
}

impl Way {
    fn to(word: &str, href: String) -> Self {
        Self {
            page: Some(Link::new(t(word), href)),
            others: None,
        }
    }

    /// For whoever may do it; the page tells others nothing.
    fn only(self, needs: Permission, chrome: &Chrome) -> Self {
        if chrome.allows(needs) {
            return self;
        }
        Self {
            page: None,
            others: Some(who_may(needs)),
        }
    }

    /// Whoever may do what `looks` asks for sees there how things are; something is done there by
    /// those who may do what it `needs`.
    fn done_by(self, looks: Permission, needs: Permission, chrome: &Chrome) -> Self {
        Self {
            page: self.page.filter(|_| chrome.allows(looks)),
            others: (!chrome.allows(needs)).then(|| who_may(needs)),
        }
    }
}

/// Who may do what needs that.
fn who_may(needs: Permission) -> &'static str {
    if MemberRights::Administers.allow_at_console(needs) {
        t("here.administrators")
    } else if MemberRights::Everything.allow_at_console(needs) {
        t("here.super_administrators")
    } else {
        t("here.box_administrators")
    }
}

/// `None`: there is no such page.
fn way_of(command: &str, chrome: &Chrome, connection: Option<ConnectionId>) -> Option<Way> {
    chrome.viewer.as_ref()?;
    let mut words = command.split(' ');
    let first = words.next()?;
    let (noun, verb) = match first {
        "provost" => (words.next()?, words.next().unwrap_or_default()),
        // A token of another kind than the one that was used.
        "--template" if words.next() == Some("scim") => ("token", "create"),
        "--template" => ("token", "new"),
        _ => return None,
    };
    match noun {
        "admin" | "setup-link" => {
            let way = Way::to("here.operators", "/operators".to_owned());
            return Some(way.only(Permission::BoxAdministration, chrome));
        }
        "account" => return Some(Way::to("here.accounts", "/accounts".to_owned())),
        _ => {}
    }
    // The others are an account's.
    chrome.account.as_ref()?;
    let to = |word: &str, below: &str| Way::to(word, chrome.path(below));
    // Of the connection, where it is known which.
    let of = |word: &str, below: &str| match connection {
        Some(id) => to(word, &format!("/connections/{id}{below}")),
        None => to("here.connections", "/connections"),
    };
    Some(match (noun, verb) {
        ("token", "create") if connection.is_some() => {
            of("here.new_token", "/token").only(Permission::TokensAdminister, chrome)
        }
        ("token", "create" | "new") => {
            to("here.new_token", "/tokens/new").only(Permission::TokensWrite, chrome)
        }
        ("token", "roll") => {
            let (way, looks) = match connection {
                Some(_) => (of("here.its_tokens", ""), Permission::LogsRead),
                None => (to("here.tokens", "/tokens"), Permission::TokensRead),
            };
            way.done_by(looks, Permission::TokensAdminister, chrome)
        }
        ("token", _) => to("here.tokens", "/tokens").only(Permission::TokensRead, chrome),
        ("connection", "held" | "release" | "discard") => {
            let way = of("here.held", "/held");
            way.done_by(Permission::LogsRead, Permission::ConnectionsWrite, chrome)
        }
        ("connection", "set") => {
            of("here.settings", "#settings").only(Permission::ConnectionsWrite, chrome)
        }
        ("connection", "resume") => {
            of("here.resume", "").only(Permission::ConnectionsWrite, chrome)
        }
        ("connection", "values") => of("here.values", "/setup").only(Permission::LogsRead, chrome),
        ("connection", _) => {
            to("here.connections", "/connections").only(Permission::LogsRead, chrome)
        }
        ("role", _) => to("here.roles", "/roles").only(Permission::DirectoryRead, chrome),
        ("legacy", "on" | "off") => {
            to("here.mapping", "/migrate/mapping").only(Permission::AccountWrite, chrome)
        }
        ("legacy", _) => to("here.legacy", "/migrate").only(Permission::DirectoryRead, chrome),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::Standing;
    use crate::domain::id::AccountId;
    use crate::http::console::chrome::{AccountSlot, NavCounts, Viewer};
    use crate::http::console::format::Times;
    use crate::http::routes::Access;

    fn chrome(administers_box: bool) -> Chrome {
        chrome_of(MemberRights::Everything, administers_box)
    }

    fn chrome_of(rights: MemberRights, administers_box: bool) -> Chrome {
        let viewer = Viewer::new("Ada", "ada@corp.example").standing(Standing {
            rights: Some(rights),
            box_administrator: administers_box,
            factor_missing: false,
        });
        let slot = AccountSlot::new(AccountId::from_bytes([1; 16]), "Corp");
        Chrome::new(viewer, "", Times::utc(0)).account(slot, NavCounts::default())
    }

    fn hrefs(prose: &Prose) -> Vec<&str> {
        prose.links.iter().map(|link| link.href.as_str()).collect()
    }

    #[test]
    fn a_command_leads_to_the_page_that_does_the_same() {
        let base = format!("/a/{}", AccountId::from_bytes([1; 16]));
        let id = ConnectionId::from_bytes([2; 16]);
        let at = format!("{base}/connections/{id}");
        let held = chrome(false).fix(Reason::Brake, ProviderKind::Okta, Some(id));
        assert_eq!(hrefs(&held), [format!("{at}/held")]);
        let anywhere = chrome(false).fix(Reason::Brake, ProviderKind::Okta, None);
        assert_eq!(hrefs(&anywhere), [format!("{base}/connections")]);
        let operators = "Run `provost admin recover`.";
        assert_eq!(hrefs(&chrome(true).prose(operators)), ["/operators"]);
        let other = chrome(false).prose(operators);
        assert!(other.links.is_empty());
        assert_eq!(other.others, [t("here.box_administrators")]);
        // Nobody is signed in.
        let bare = Chrome::bare("x", Times::utc(0));
        let told = bare.fix(Reason::Brake, ProviderKind::Okta, Some(id));
        assert!(told.links.is_empty() && told.others.is_empty());
        assert_eq!(told.pieces, held.pieces);
    }

    #[test]
    fn nobody_is_led_to_a_page_that_they_may_not_open() {
        let id = ConnectionId::from_bytes([2; 16]);
        let (pages, own) = (crate::http::routes::all(), "/a/{account_id}");
        let pages: Vec<_> = pages.filter(|page| page.method == "GET").collect();
        let needs = |href: &str| {
            // The address as the table has it.
            let path = href.split(['#', '?']).next().unwrap_or_default();
            let base = format!("/a/{}", AccountId::from_bytes([1; 16]));
            let path = path.replace(&base, own);
            let path = path.replace(&id.to_string(), "{connection_id}");
            let found = pages.iter().find(|page| page.path == path);
            found.unwrap_or_else(|| panic!("no page {path}")).access
        };
        for (reason, rights) in Reason::ALL
            .iter()
            .flat_map(|reason| MemberRights::ALL.map(|rights| (*reason, rights)))
        {
            for (of, box_too) in [(Some(id), false), (None, false), (Some(id), true)] {
                let chrome = chrome_of(rights, box_too);
                let fix = chrome.fix(reason, ProviderKind::Okta, of);
                for link in &fix.links {
                    let may = match needs(&link.href) {
                        Access::Open | Access::Needs(Permission::OwnOperator) => true,
                        Access::Needs(permission) => chrome.allows(permission),
                    };
                    assert!(may, "{rights:?}: {link:?}");
                }
                let full =
                    chrome_of(MemberRights::Everything, true).fix(reason, ProviderKind::Okta, of);
                let fewer = fix.links.len() < full.links.len();
                assert!(!fewer || !fix.others.is_empty(), "{rights:?}: {reason:?}");
            }
        }
        let reader = chrome_of(MemberRights::Reads, false);
        let set = reader.fix(Reason::UpnEmailMismatch, ProviderKind::Entra, Some(id));
        assert!(set.links.is_empty());
        assert_eq!(
            set.others,
            ["An Administrator or a Super Administrator can do that."]
        );
        let held = reader.fix(Reason::Brake, ProviderKind::Entra, Some(id));
        assert_eq!((held.links.len(), held.others.len()), (1, 1));
    }

    /// What is mended on the machine, and has no page.
    const ON_THE_MACHINE: [&str; 2] = ["provost db check", "provost sso create"];

    #[test]
    fn every_fix_that_names_a_command_leads_to_a_page() {
        let id = ConnectionId::from_bytes([2; 16]);
        for reason in Reason::ALL {
            for kind in ProviderKind::ALL {
                let words = Prose::of(reason.fix(kind));
                let Some(first) = words.commands().next() else {
                    continue;
                };
                let fix = chrome(true).fix(*reason, kind, Some(id));
                let here = !fix.links.is_empty() || ON_THE_MACHINE.contains(&first);
                assert!(here, "{}: {first}", reason.code());
            }
        }
    }
}
