//! What a connection's brake allows, with the account's own numbers.

use crate::domain::brake::{Brake, SHARE_PEOPLE_MIN};
use crate::http::console::format::number;
use crate::http::console::words::{t, tf, tn};

/// How many people it lets go at once: "49 people (20% of 246 active members)".
pub(in crate::http::console) fn allowed(brake: Brake, members: i64) -> String {
    let Some(limit) = brake.limit(members) else {
        return t("connections.brake_off").to_owned();
    };
    let people = tn("held.people", count(limit));
    match brake {
        Brake::Share(percent) => {
            let of = tn("brake.members", count(members));
            if members.saturating_mul(i64::from(percent)) < SHARE_PEOPLE_MIN * 100 {
                let least = number(count(SHARE_PEOPLE_MIN));
                tf("brake.least", &[&people, &brake, &of, &least])
            } else {
                tf("brake.share", &[&people, &brake, &of])
            }
        }
        Brake::People(0) => t("brake.nobody").to_owned(),
        Brake::People(_) | Brake::Off => people,
    }
}

/// The share that nothing can go beyond.
pub const ALL: Brake = Brake::Share(100);

/// Whether so many may go at once as there are members now.
pub fn reaches_all(brake: Brake, members: i64) -> bool {
    brake.limit(members).is_none_or(|limit| limit >= members)
}

/// The same as [`allowed`], and that it is everybody where it is.
pub(in crate::http::console) fn told(brake: Brake, members: i64) -> String {
    let allowed = allowed(brake, members);
    match brake {
        ALL => tf("brake.all", &[&allowed]),
        // One alone is nobody to be protected from the others' sync.
        Brake::People(_) | Brake::Share(_) if members > 1 && reaches_all(brake, members) => {
            tf("brake.all_now", &[&allowed])
        }
        Brake::Off | Brake::People(_) | Brake::Share(_) => allowed,
    }
}

/// What a brake that was just set comes to.
pub fn now(brake: Brake, members: i64) -> String {
    match brake {
        Brake::Off => t("connections.brake_now_off").to_owned(),
        Brake::People(_) | Brake::Share(_) if reaches_all(brake, members) => {
            tf("connections.brake_now_all", &[&told(brake, members)])
        }
        // That tells who does not count.
        Brake::People(0) => tf("connections.brake_now", &[&allowed(brake, members)]),
        Brake::People(_) | Brake::Share(_) => {
            let now = tf("connections.brake_now", &[&allowed(brake, members)]);
            format!("{now} {}", t("held.uncounted"))
        }
    }
}

fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::console::words::plain;

    #[test]
    fn who_does_not_count_is_told_once() {
        let uncounted = t("held.uncounted");
        assert!(now(Brake::People(3), 50).ends_with(uncounted));
        for (brake, members) in [(Brake::People(0), 50), (Brake::People(25), 20)] {
            assert!(!now(brake, members).contains(uncounted), "{brake:?}");
        }
    }

    #[test]
    fn a_share_is_told_by_the_accounts_numbers() {
        let told = |text: &str, members| {
            let brake = Brake::parse(text).expect("a brake");
            plain(&allowed(brake, members))
        };
        assert_eq!(told("100%", 246), "246 people (100% of 246 active members)");
        assert_eq!(told("20%", 246), "49 people (20% of 246 active members)");
        assert_eq!(told("20%", 50), "10 people (20% of 50 active members)");
        assert_eq!(
            told("20%", 1),
            "10 people (20% of 1 active member is fewer, and a share is never less than 10)"
        );
        assert_eq!(told("1", 30), "1 person");
        assert_eq!(told("0", 30), "nobody who has been a member for a day");
        assert_eq!(told("off", 30), "off, nothing is held");
    }

    #[test]
    fn what_nothing_goes_beyond_says_so() {
        let said = |text: &str| plain(&told(Brake::parse(text).expect("a brake"), 30));
        assert!(said("100%").ends_with("which is everybody, so nothing is held"));
        assert!(said("30").ends_with("which is everybody there is now"));
        assert_eq!(said("29"), "29 people");
        assert_eq!(said("off"), "off, nothing is held");
        let alone = told(Brake::parse("20%").expect("a brake"), 1);
        assert!(!alone.contains("everybody"), "{alone}");
        assert!(!now(ALL, 30).contains("beyond"), "{}", now(ALL, 30));
    }
}
