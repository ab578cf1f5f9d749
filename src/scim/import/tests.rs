//! What files are read as, and what is said of those that can't be read.

use proptest::prelude::*;

use super::*;
use crate::domain::legacy::plan::Choice;

fn read(text: &str) -> Vec<(String, Vec<String>)> {
    let found = groups(text.as_bytes()).unwrap_or_default();
    found
        .into_iter()
        .map(|one| (one.name, one.members))
        .collect()
}

fn refused(bytes: &[u8]) -> String {
    groups(bytes)
        .err()
        .map(|fault| fault.to_string())
        .unwrap_or_default()
}

#[test]
fn rows_are_read_with_quotes_marks_and_either_end_of_line() {
    let wanted = vec![
        (
            "A, B".to_owned(),
            vec!["ada@x".to_owned(), "bob \"b\"@x".to_owned()],
        ),
        ("C".to_owned(), Vec::new()),
    ];
    for text in [
        "group,member\n\"A, B\",ada@x\n\"A, B\",\"bob \"\"b\"\"@x\"\nC,\n",
        "\u{feff}Group,UserName\r\n\"A, B\",ada@x\r\n\r\n\"A, B\",\"bob \"\"b\"\"@x\"\r\nC,",
        "\"A, B\",ada@x\r\"A, B\",\"bob \"\"b\"\"@x\"\r\"A, B\",ada@x\rC,",
    ] {
        assert_eq!(read(text), wanted, "{text:?}");
    }
    assert_eq!(
        read("\"two\nlines\",a\n"),
        [("two\nlines".to_owned(), vec!["a".to_owned()])]
    );
}

#[test]
fn what_is_wrong_with_a_row_is_told_with_its_line() {
    for (bytes, said) in [
        (
            b"group,member\nA,a\nCF-1 - SSL, TLS,b\n".as_slice(),
            "line 3: the row has 3 fields",
        ),
        (b"A,a\n\"B,b\n", "line 2: a quote is not closed"),
        (b"A,a\n\"B\"x,b\n", "line 2: text follows a closing quote"),
        (b"A,a\nB\"x,b\n", "line 2: a quote stands inside"),
        (b"A,a\n,b\n", "line 2: the group is empty"),
        (b"A,a\nB,\xff\n", "line 2: a byte is no UTF-8"),
        (b"\xff\xfeA\0", "it is UTF-16"),
        (b"group,member\n", "no row with a group"),
        (b"", "no row with a group"),
        (b"A;a\n", "line 1: the row has 1 fields"),
    ] {
        let told = refused(bytes);
        assert!(told.contains(said) && told.ends_with('.'), "{told}");
    }
}

#[test]
fn a_list_is_read_with_the_names_of_its_users() {
    let one = r#"{"totalResults":2,"Resources":[
        {"id":"u1","userName":"ada@x","displayName":"Ada"},
        {"schemas":["x"],"id":"g1","displayName":"A","members":[
            {"value":"u1","display":"Ada Lovelace"},{"value":"u2","display":"bob@x"},
            {"value":"u1"}],"meta":{"deep":[[[]]]}}]}"#;
    let wanted = [("A".to_owned(), vec!["ada@x".to_owned(), "bob@x".to_owned()])];
    assert_eq!(read(one), wanted);
    let many = r#" [{"Resources":[{"id":"g1","DISPLAYNAME":"A","members":[{"Value":"u1"},
        {"value":"u2"}]}]},{"resources":[{"id":"u1","userName":"ada@x"},
        {"id":"u2","userName":"bob@x"}]}]"#;
    assert_eq!(read(many), wanted);
    assert_eq!(
        read(r#"{"Resources":[{"displayName":"A","members":null}]}"#),
        [("A".to_owned(), Vec::new())]
    );
}

#[test]
fn pages_and_bare_resources_are_read_as_one_list() {
    let pages = r#"[{"totalResults":2,"Resources":[{"id":"g1","displayName":"A","members":[
            {"value":"u1","display":"Ada"}]}]},
        {"totalResults":2,"Resources":[{"id":"g2","displayName":"B"}]},
        {"totalResults":2,"Resources":[]},
        {"totalResults":1,"Resources":[{"id":"u1","userName":"ada@x"}]}]"#;
    let wanted = [
        ("A".to_owned(), vec!["ada@x".to_owned()]),
        ("B".to_owned(), Vec::new()),
    ];
    assert_eq!(read(pages), wanted);
    let bare = r#"[{"id":"g1","displayName":"A","members":[{"value":"u1"}]},
        {"id":"g2","displayName":"B"},{"id":"u1","userName":"ada@x"}]"#;
    assert_eq!(read(bare), wanted);
    // Somebody's plain name is nobody's userName where the value is one.
    let named = r#"{"displayName":"A","members":[{"value":"ada@x","display":"Ada Lovelace"},
        {"value":"17","display":"ben"}]}"#;
    let people = vec!["ada@x".to_owned(), "ben".to_owned()];
    assert_eq!(read(named), [("A".to_owned(), people)]);
}

#[test]
fn what_is_wrong_with_a_list_is_told_with_its_place() {
    let deep = format!("{{\"x\":{}", "[".repeat(10_000));
    for (text, said) in [
        (
            r#"{"Resources":[{"displayName":"A","members":[{"value":"u9"}]}]}"#,
            "/Resources/0/members/0: no User of the file has the id \"u9\"",
        ),
        (
            r#"{"Resources":[{"displayName":"A","members":[{"type":"Group","value":"g"}]}]}"#,
            "/Resources/0/members/0: a group is a member of a group",
        ),
        (
            r#"[{"Resources":[]},{"Resources":[{"displayName":" "}]}]"#,
            "/1/Resources/0/displayName: the displayName is empty",
        ),
        (
            r#"{"totalResults":3,"Resources":[{"displayName":"A"}]}"#,
            "it holds 1 Groups, and its totalResults says that there are 3",
        ),
        (
            r#"[{"totalResults":2,"Resources":[{"id":"g","displayName":"A"}]},
                {"totalResults":2,"Resources":[{"id":"g","displayName":"A"}]},
                {"totalResults":1,"Resources":[{"id":"u","userName":"a@x"}]}]"#,
            "it holds 1 Groups, and its totalResults says that there are 2; save all pages",
        ),
        (
            r#"[{"totalResults":1,"Resources":[{"id":"g","displayName":"A"}]},
                {"totalResults":2,"Resources":[{"id":"u","userName":"a@x"}]}]"#,
            "it holds 1 Users",
        ),
        (r#"{"detail":"no"}"#, "no list of Resources"),
        (r#"{"Resources":[]}"#, "no Group"),
        ("{\n\"Resources\":7}", "line 2: invalid type: integer"),
        (
            "{\"Resources\":[{\"id\":\"a\",\"ID\":\"b\"}]}",
            "occurs twice",
        ),
        ("[1]", "line 1: invalid type"),
        ("[{}]", "/0: there is no list of Resources"),
        ("{", "line 1: EOF"),
        (deep.as_str(), "line 1: EOF"),
    ] {
        let told = refused(text.as_bytes());
        assert!(told.contains(said) && told.ends_with('.'), "{told}");
    }
}

#[test]
fn decisions_are_read_in_every_way_that_they_are_written() {
    let json = r#"{"a":"Ones","b":{"name":"Twos","decision":"as-role","role":"DNS"},
        "c":{"decision":"skip"},"d":{"decision":"rename_only","new_name":"Fours"},
        "e":{"decision":"As-Role: Billing"},"f":{"role":"DNS"}}"#;
    let csv = "old name,new name,decision,role\na,Ones\nb,Twos,as-role,DNS\nc,,skip\n\
               d,Fours,rename-only,\ne,,as-role Billing\nf,,,DNS\n";
    let array = r#"[{"group":"a","new_name":"Ones"},
        {"group":"b","new_name":"Twos","choice":"convert","role":"DNS"},
        {"group":"c","choice":"skip"},
        {"group":"d","choice":"rename_only","new_name":"Fours"},
        {"group":"e","choice":"as-role","role":"Billing"},{"group":"f","role":"DNS"}]"#;
    let of_json = decisions(json.as_bytes()).unwrap_or_default();
    assert_eq!(decisions(csv.as_bytes()), Ok(of_json.clone()));
    assert_eq!(decisions(array.as_bytes()), Ok(of_json.clone()));
    let read: Vec<_> = of_json
        .iter()
        .map(|one| (one.choice, one.role.as_deref(), one.new_name.as_deref()))
        .collect();
    assert_eq!(
        read,
        [
            (None, None, Some("Ones")),
            (Some(Choice::Convert), Some("DNS"), Some("Twos")),
            (Some(Choice::Skip), None, None),
            (Some(Choice::RenameOnly), None, Some("Fours")),
            (Some(Choice::Convert), Some("Billing"), None),
            (None, Some("DNS"), None),
        ]
    );
}

#[test]
fn what_is_no_decision_is_told_with_its_place() {
    for (text, said) in [
        ("a,b,perhaps", "line 1: \"perhaps\" is no choice"),
        ("a,,as-role", "line 1: as-role is without a role"),
        ("a,", "line 1: nothing is said"),
        ("a,Ones\n,b", "line 2: the group is empty"),
        ("a", "line 1: the row has 1 fields"),
        ("a,b,c,d,e", "line 1: the row has 5 fields"),
        (r#"{"a/b":{"name":7}}"#, "/a~1b: name is no text"),
        (r#"{"a":{"colour":"red"}}"#, "/a: \"colour\" is not known"),
        (r#"{"a":[]}"#, "/a: neither a text nor an object"),
        (
            r#"[{"group":"a","choice":"skip"},{"choice":"skip"}]"#,
            "/1: the group is empty",
        ),
        (r#"["a"]"#, "/0: neither a text nor an object"),
        (
            r#"{"a":{"group":"b","choice":"skip"}}"#,
            "/a: group is said twice",
        ),
        ("7", "line 1: the row has 1 fields"),
    ] {
        let told = decisions(text.as_bytes())
            .err()
            .map(|fault| fault.to_string());
        assert!(
            told.as_ref().is_some_and(|told| told.contains(said)),
            "{told:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_file_makes_a_reader_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(groups(&bytes));
        drop(decisions(&bytes));
    }

    #[test]
    fn what_is_written_as_rows_is_read_so(
        rows in proptest::collection::vec(("[^\r\n\u{feff}\\[{ ]\\PC{0,8}", "\\PC{0,8}"), 1..8)
    ) {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let text: String = std::iter::once("group,member\n".to_owned())
            .chain(rows.iter().map(|(group, member)| format!("{},{}\n", quoted(group), quoted(member))))
            .collect();
        if rows.iter().all(|(group, _)| !group.trim().is_empty()) {
            let found = groups(text.as_bytes()).unwrap_or_default();
            for (group, member) in &rows {
                let there = found.iter().find(|one| one.name == *group);
                prop_assert!(there.is_some());
                let member = member.trim();
                let has = there.is_some_and(|one| one.members.iter().any(|name| name == member));
                prop_assert!(member.is_empty() || has);
            }
        }
    }
}
