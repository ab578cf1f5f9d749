use super::super::super::ScimType;
use super::*;
use crate::domain::query::{Instants, TextOp};

const BASE_URL: &str = "https://provost.example/scim/v2";

fn lowered(filter: &str) -> Result<MemberFilter> {
    lower(&Filter::parse(filter)?, BASE_URL)
}

fn folded(op: TextOp, wanted: &str) -> TextTest {
    TextTest {
        op,
        wanted: wanted.to_owned(),
        folded: true,
    }
}

#[track_caller]
fn asks(filters: &[&str], condition: &MemberCondition) {
    for filter in filters {
        assert_eq!(lowered(filter), Ok(is(condition.clone())), "{filter}");
    }
}

#[test]
fn what_clients_ask_is_asked_of_columns() {
    let email = |kind: Option<&str>| MemberCondition::Email {
        key: "a@x".to_owned(),
        kind_key: kind.map(str::to_owned),
    };
    let user_name = MemberCondition::UserName(folded(TextOp::Equals, "a@x"));
    asks(&["userName eq \"A@X\""], &user_name);
    let prefix = MemberCondition::UserName(folded(TextOp::StartsWith, "a"));
    asks(&["userName sw \"A\""], &prefix);
    asks(
        &[
            "emails eq \"A@x\"",
            "emails.value eq \"A@x\"",
            "emails[value eq \"A@x\"]",
            "EMAILS EQ \"A@x\"",
        ],
        &email(None),
    );
    asks(
        &[
            "emails[type eq \"Work\"].value eq \"A@x\"",
            "emails[value eq \"A@x\" and type eq \"work\"]",
        ],
        &email(Some("work")),
    );
    asks(&["active eq \"True\""], &MemberCondition::Active(true));
    asks(
        &[
            "groups eq \"g\"",
            "groups[value eq \"g\" and type eq \"Direct\"]",
        ],
        &MemberCondition::GroupId("g".to_owned()),
    );
    let reference = format!("groups.$ref eq \"{BASE_URL}/Groups/g\"");
    asks(&[&reference], &MemberCondition::GroupId("g".to_owned()));
}

#[test]
fn an_address_is_looked_up_whatever_stands_beside_it() {
    let filter = lowered("emails[type eq \"work\" and value eq \"a@x\" and primary eq true]");
    let selective = filter.map(|filter| filter.is_selective(&MemberCondition::is_indexed));
    assert_eq!(selective, Ok(true));
}

#[test]
fn what_needs_no_look_is_worked_out() {
    for (filter, answer) in [
        ("id eq \"x\"", false),
        ("id pr", true),
        ("active eq \"x\"", false),
        ("active ne \"x\"", true),
        ("shoeSize eq 44", false),
        ("shoeSize pr", false),
        ("not (shoeSize eq 44)", true),
        ("meta.resourceType eq \"User\"", true),
        ("meta[resourceType sw \"u\"]", false),
        ("meta.created eq \"1970-01-01T00:00:00.0001Z\"", false),
        (
            "meta.location eq \"https://elsewhere.example/Users/x\"",
            false,
        ),
        ("schemas co \"CORE\"", true),
        ("name eq \"x\"", false),
        ("addresses ne \"x\"", true),
        ("roles.type eq \"other\"", false),
        ("userName eq 1 or userName ne 1", true),
    ] {
        assert_eq!(lowered(filter), Ok(Query::Constant(answer)), "{filter}");
    }
}

#[test]
fn instants_are_milliseconds_from_one_to_another() {
    let within = |op: &str, time: &str| {
        let lowered = lowered(&format!("meta.created {op} \"1970-01-01T{time}\""));
        match lowered {
            Ok(Query::Is(MemberCondition::Created(Instants { from_ms, to_ms }))) => {
                Some((from_ms, to_ms))
            }
            _ => None,
        }
    };
    let (first, last) = (i64::MIN, i64::MAX);
    assert_eq!(within("eq", "01:00:00.002+01:00"), Some((2, 2)));
    let (whole, finer) = ("00:00:00.002Z", "00:00:00.0025Z");
    assert_eq!(within("gt", whole), Some((3, last)));
    assert_eq!(within("gt", finer), Some((3, last)));
    assert_eq!(within("ge", whole), Some((2, last)));
    assert_eq!(within("ge", finer), Some((3, last)));
    assert_eq!(within("lt", whole), Some((first, 1)));
    assert_eq!(within("lt", finer), Some((first, 2)));
    assert_eq!(within("le", whole), Some((first, 2)));
    assert_eq!(within("le", finer), Some((first, 2)));
}

#[test]
fn what_has_no_order_is_refused_wherever_it_stands() {
    for filter in [
        "active gt true",
        "userName eq \"a\" or active le false",
        "emails[primary lt true]",
        "ims[not (primary ge \"true\")]",
        "x509Certificates gt \"AA==\"",
        "x509Certificates.value lt \"AA==\"",
        // No dates: an empty answer would say that nothing was changed since.
        "meta.lastModified gt \"2026-11-01\"",
        "meta.created eq \"2026-13-01T00:00:00Z\"",
        "meta[created ge 5]",
    ] {
        let kind = lowered(filter).map_err(|error| error.scim_type);
        assert_eq!(kind, Err(Some(ScimType::InvalidFilter)), "{filter}");
    }
}
