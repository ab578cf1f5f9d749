//! Settings by which a provider may take more away than before: what can then happen is said
//! before they are saved.

use askama::Template;

use super::brake::{allowed, reaches_all};
use super::settings::Entered;
use super::{address, below, chrome};
use crate::app::summary::Faring;
use crate::domain::brake::Brake;
use crate::domain::connection::{AdoptExisting, Connection};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::filters;
use crate::http::console::form::Form as Sent;
use crate::http::console::view::{Form, Link};
use crate::http::console::words::{t, tf, tn};

/// What one of the settings lets happen.
pub struct Line {
    title: String,
    text: String,
    /// To what is concerned; nothing for most.
    link: Option<Link>,
}

fn line(title: impl Into<String>, text: impl Into<String>) -> Line {
    Line {
        title: title.into(),
        text: text.into(),
        link: None,
    }
}

/// Whether more may go at once than before: a share is one of more people some day, however few
/// there are now.
fn holds_later(before: Brake, after: Brake, members: i64) -> bool {
    match (before, after) {
        (Brake::Share(before), Brake::Share(after)) => after > before,
        _ => match (before.limit(members), after.limit(members)) {
            (Some(before), Some(after)) => after > before,
            (Some(_), None) => true,
            (None, _) => false,
        },
    }
}

/// What can happen once this is saved; nothing where it loosens nothing.
pub fn lines(
    faring: &Faring,
    entered: &Entered,
    brake: Brake,
    members: i64,
    at: &str,
) -> Vec<Line> {
    let before = &faring.connection.settings;
    let mut lines = Vec::new();
    let looser = holds_later(before.brake, brake, members);
    if looser {
        lines.push(match brake {
            Brake::Off => line(t("loosen.off"), t("loosen.off_text")),
            Brake::People(_) | Brake::Share(_) => {
                let (was, is) = (allowed(before.brake, members), allowed(brake, members));
                let mut text = tf("loosen.more_text", &[&was, &is]);
                if reaches_all(brake, members) && !reaches_all(before.brake, members) {
                    let all = tn("brake.members", u64::try_from(members).unwrap_or(0));
                    text = format!("{text} {}", tf("loosen.never", &[&all]));
                }
                line(t("loosen.more"), text)
            }
        });
    }
    let held = u64::try_from(faring.health.held).unwrap_or(0);
    if looser && held > 0 {
        let text = match brake {
            Brake::Off => t("loosen.held_off"),
            Brake::People(_) | Brake::Share(_) => t("loosen.held_more"),
        };
        lines.push(Line {
            link: Some(Link::new(t("loosen.held_link"), format!("{at}/held"))),
            ..line(tn("loosen.held", held), text)
        });
    }
    if before.require_sso_domain && !entered.require_domain {
        lines.push(line(t("loosen.domain"), t("loosen.domain_text")));
    }
    if before.adopt_existing == AdoptExisting::Refuse && entered.adopt == AdoptExisting::Adopt {
        lines.push(line(t("loosen.adopt"), t("loosen.adopt_text")));
    }
    lines
}

/// Whether it was said what happens, and nothing more waits by now that was not told of.
pub fn is_sure(sent: &Sent, faring: &Faring) -> bool {
    let told = sent.get("sure").parse::<i64>();
    told.is_ok_and(|told| faring.health.held <= told)
}

#[derive(Template)]
#[template(path = "pages/connections/loosen.html")]
pub struct Loosen {
    chrome: Chrome,
    lead: String,
    /// Why it is asked once more; nothing for the first time.
    moved: &'static str,
    lines: Vec<Line>,
    form: Form,
}

/// The question; the form sends what was entered, to be saved or to be gone on with.
pub fn ask(
    caller: &AccountCaller,
    faring: &Faring,
    (entered, sent): (&Entered, &Sent),
    lines: Vec<Line>,
) -> Loosen {
    let connection: &Connection = &faring.connection;
    let title = tf("loosen.title", &[&connection.name]);
    let chrome = below(chrome(caller, &title), connection);
    let at = address(&chrome, connection);
    let form = Form::new(format!("{at}/settings"))
        .hidden("was", sent.get("was"))
        .hidden("sure", faring.health.held.to_string());
    Loosen {
        lead: tf("loosen.lead", &[&connection.name]),
        moved: if sent.ticked("sure") {
            t("loosen.moved")
        } else {
            ""
        },
        lines,
        form: entered.kept(form),
        chrome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_more_go_at_once_is_asked() {
        let looser = |before: &str, after: &str, members| {
            let brake = |text| Brake::parse(text).expect("a brake");
            holds_later(brake(before), brake(after), members)
        };
        assert!(looser("20%", "off", 3) && looser("0", "off", 3));
        assert!(looser("20%", "25", 100) && !looser("20%", "25", 200));
        assert!(looser("20%", "30%", 3), "a share of more people some day");
        assert!(!looser("off", "off", 3) && !looser("off", "100%", 3));
        assert!(!looser("20%", "0", 3) && !looser("20%", "10", 3));
    }
}
