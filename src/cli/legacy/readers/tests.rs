use proptest::prelude::*;

use super::*;

fn group(name: &str, members: &[&str]) -> ImportGroup {
    ImportGroup {
        name: name.to_owned(),
        members: members.iter().map(|&name| name.to_owned()).collect(),
    }
}

#[test]
fn a_list_of_groups_takes_names_from_its_people_or_from_what_is_displayed() {
    let list = br#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[
        {"id":"1","userName":"ada@corp.example"},
        {"displayName":"CF-0 - DNS","members":[{"value":"1","display":"Ada"},
            {"value":"9","display":"ben@corp.example"},{"value":"cy@corp.example"}]},
        {"DisplayName":"Empty","members":null}]}"#;
    let found = groups(list).expect("groups");
    let people = ["ada@corp.example", "ben@corp.example", "cy@corp.example"];
    assert_eq!(found, [group("CF-0 - DNS", &people), group("Empty", &[])]);
}

#[test]
fn somebody_who_is_only_an_id_is_named_with_the_place() {
    let list = br#"{"Resources":[{"displayName":"G","members":[{"value":"17"}]}]}"#;
    let wrong = groups(list).expect_err("nobody knows 17");
    assert!(
        wrong.why.contains("/Resources/0/members/0"),
        "{}",
        wrong.why
    );
    assert!(wrong.why.contains("\"17\""), "{}", wrong.why);
}

#[test]
fn csv_has_quotes_line_ends_of_windows_and_perhaps_a_header() {
    let text = b"Group,Member\r\n\"CF-0 - SSL/TLS, Caching\",ada@corp.example\r\n\r\n\
                 \"CF-0 - SSL/TLS, Caching\",ben@corp.example\r\nLonely,\r\n";
    let found = groups(text).expect("groups");
    let people = ["ada@corp.example", "ben@corp.example"];
    assert_eq!(
        found,
        [
            group("CF-0 - SSL/TLS, Caching", &people),
            group("Lonely", &[])
        ]
    );
    assert_eq!(
        groups(b"Only,a\nOnly,b").expect("groups"),
        [group("Only", &["a", "b"])]
    );
}

#[test]
fn what_is_wrong_with_csv_is_named_by_its_line() {
    let wrong = groups(b"group,member\nA,b\nA,b,c\n").expect_err("three fields");
    assert!(
        wrong.why.starts_with("line 3 has 3 fields"),
        "{}",
        wrong.why
    );
    let wrong = groups(b"group,member\n,b\n").expect_err("no group");
    assert_eq!(wrong.why, "line 2 names no group");
    let wrong = groups(b"A,\xff\n").expect_err("no text");
    assert!(wrong.why.contains("UTF-8"), "{}", wrong.why);
    assert_eq!(groups(b"").expect_err("nothing").why, "it holds no group");
    assert!(
        groups(b"{")
            .expect_err("broken")
            .why
            .starts_with("it is no JSON")
    );
    assert!(
        groups(b"{}")
            .expect_err("no list")
            .why
            .contains("no array Resources")
    );
}

#[test]
fn decisions_come_in_three_forms() {
    let named = Decision {
        group: "A".to_owned(),
        new_name: Some("B".to_owned()),
        ..Decision::default()
    };
    assert_eq!(
        decisions(br#"{"A":"B"}"#).expect("an object"),
        [named.clone()]
    );
    let list = br#"[{"group":"A","new_name":"B"}]"#;
    assert_eq!(decisions(list).expect("an array"), [named.clone()]);
    assert_eq!(decisions(b"group,new_name\nA,B\n").expect("CSV"), [named]);
    let whole = decisions(b"A,B,rename-only\nC,,skip\nD,E,convert,DNS\n").expect("CSV");
    assert_eq!(whole[0].choice, Some(Choice::RenameOnly));
    assert_eq!(whole[1].choice, Some(Choice::Skip));
    assert_eq!(whole[1].new_name, None);
    assert_eq!(whole[2].role.as_deref(), Some("DNS"));
    let wrong = decisions(b"A,B,perhaps\n").expect_err("no choice");
    assert_eq!(wrong.why, "line 1 has the choice \"perhaps\"");
    let wrong = decisions(br#"[{"group":"A","name":"B"}]"#).expect_err("no field");
    assert!(wrong.why.starts_with("/0 is no decision"), "{}", wrong.why);
    let wrong = decisions(br#"{"A":1}"#).expect_err("no name");
    assert!(wrong.why.contains("\"A\""), "{}", wrong.why);
}

proptest! {
    #[test]
    fn no_file_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = groups(&bytes);
        let _ = decisions(&bytes);
        let _ = people_of_list(&bytes);
    }

    #[test]
    fn names_come_out_of_csv_as_they_went_in(
        name in "[^\u{0}]{1,20}", member in "[^\u{0}\r\n]{1,20}",
    ) {
        prop_assume!(!name.contains('\r') && !is_header(&csv::StringRecord::from(vec![name.clone()])));
        prop_assume!(!member.trim().is_empty());
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let text = format!("group,member\n{},{}\n", quoted(&name), quoted(&member));
        let found = groups(text.as_bytes()).expect("groups");
        prop_assert_eq!(found, [group(&name, &[member.trim()])]);
    }
}
