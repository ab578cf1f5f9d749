//! Which page of this console does what a command does: sentences that name commands lead there.

use super::chrome::Chrome;
use super::view::{Link, Prose};
use super::words::t;
use crate::domain::id::ConnectionId;

impl Chrome {
    /// A sentence that may name commands, with the pages that do the same.
    pub fn prose(&self, text: &str) -> Prose {
        Prose::of(text).led(|command| page_of(command, self, None))
    }

    /// The same where it is said of a connection.
    pub fn prose_of(&self, text: &str, connection: ConnectionId) -> Prose {
        Prose::of(text).led(|command| page_of(command, self, Some(connection)))
    }
}

/// `None`: there is no such page, or the viewer is not led to it.
fn page_of(command: &str, chrome: &Chrome, connection: Option<ConnectionId>) -> Option<Link> {
    let viewer = chrome.viewer.as_ref()?;
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
        "admin" | "setup-link" if viewer.administers_box => {
            return Some(Link::new(t("here.operators"), "/operators"));
        }
        "account" => return Some(Link::new(t("here.accounts"), "/accounts")),
        _ => {}
    }
    // The others are an account's.
    chrome.account.as_ref()?;
    let link = |word: &str, below: &str| Some(Link::new(t(word), chrome.path(below)));
    let of = |word: &str, below: &str| {
        let at = chrome.path("/connections");
        let id = connection?;
        Some(Link::new(t(word), format!("{at}/{id}{below}")))
    };
    let connections = || link("here.connections", "/connections");
    match (noun, verb) {
        ("token", "create") => {
            of("here.new_token", "/token").or_else(|| link("here.new_token", "/tokens/new"))
        }
        ("token", "new") => link("here.new_token", "/tokens/new"),
        ("token", "roll") => of("here.its_tokens", "").or_else(|| link("here.tokens", "/tokens")),
        ("token", _) => link("here.tokens", "/tokens"),
        ("connection", "held" | "release" | "discard") => {
            of("here.held", "/held").or_else(connections)
        }
        ("connection", "set") => of("here.settings", "#settings").or_else(connections),
        ("connection", "resume") => of("here.resume", "").or_else(connections),
        ("connection", "values") => of("here.values", "/setup").or_else(connections),
        ("connection", _) => connections(),
        ("role", _) => link("here.roles", "/roles"),
        ("legacy", "on" | "off") => link("here.mapping", "/migrate/mapping"),
        ("legacy", _) => link("here.legacy", "/migrate"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::connection::ProviderKind;
    use crate::domain::id::AccountId;
    use crate::domain::reason::Reason;
    use crate::http::console::chrome::{AccountSlot, NavCounts, Viewer};
    use crate::http::console::format::Times;

    fn chrome(administers_box: bool) -> Chrome {
        let viewer = Viewer::new("Ada", "ada@corp.example").administers_box(administers_box);
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
        let brake = Reason::Brake.fix(ProviderKind::Okta);
        let held = chrome(false).prose_of(brake, id);
        assert_eq!(hrefs(&held), [format!("{at}/held")]);
        let anywhere = chrome(false).prose(brake);
        assert_eq!(hrefs(&anywhere), [format!("{base}/connections")]);
        let operators = "Run `provost admin recover`.";
        assert_eq!(hrefs(&chrome(true).prose(operators)), ["/operators"]);
        assert!(chrome(false).prose(operators).links.is_empty());
        // Nobody is signed in.
        let bare = Chrome::bare("x", Times::utc(0));
        assert!(bare.prose(brake).links.is_empty());
        assert_eq!(bare.prose(brake).pieces, held.pieces);
    }

    /// What is mended on the machine, and has no page.
    const ON_THE_MACHINE: [&str; 2] = ["provost db check", "provost sso create"];

    #[test]
    fn every_fix_that_names_a_command_leads_to_a_page() {
        let id = ConnectionId::from_bytes([2; 16]);
        for reason in Reason::ALL {
            for kind in ProviderKind::ALL {
                let fix = chrome(true).prose_of(reason.fix(kind), id);
                let first = fix.pieces.iter().find(|piece| piece.code);
                let Some(first) = first.map(|piece| piece.text.as_str()) else {
                    continue;
                };
                let here = !fix.links.is_empty() || ON_THE_MACHINE.contains(&first);
                assert!(here, "{}: {first}", reason.code());
            }
        }
    }
}
