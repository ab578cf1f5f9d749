use proptest::prelude::*;

use super::*;

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_place_and_what_to_do() {
    let wrong = groups(b"group,member\nA,b\nA,b,c\n").expect_err("three fields");
    assert!(wrong.why.starts_with("line 3: "), "{}", wrong.why);
    assert!(wrong.next.contains("in quotes"), "{}", wrong.next);
    let wrong = decisions(b"A,B,perhaps\n").expect_err("no choice");
    assert!(wrong.why.starts_with("line 1: "), "{}", wrong.why);
    assert!(wrong.next.contains("rename-only"), "{}", wrong.next);
}

#[test]
fn people_stand_one_a_line() {
    let found = people_of_list(b" ada@x \r\n\nben@x").expect("people");
    assert_eq!(found, ["ada@x", "ben@x"]);
}

proptest! {
    #[test]
    fn no_file_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = groups(&bytes);
        let _ = decisions(&bytes);
        let _ = people_of_list(&bytes);
    }
}
