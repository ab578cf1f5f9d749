use proptest::prelude::*;

use super::*;

pub(crate) fn attr_path() -> impl Strategy<Value = AttrPath> {
    let name = "[a-zA-Z][a-zA-Z0-9_-]{0,8}x";
    let urn = proptest::option::of("urn:[a-z]{1,5}:[0-9]\\.[0-9](:[A-Z][a-z]{0,4})?");
    (urn, name).prop_map(|(urn, name)| AttrPath {
        urn,
        name,
        sub: None,
    })
}

pub(crate) fn with_sub() -> impl Strategy<Value = AttrPath> {
    (attr_path(), proptest::option::of("[$a-z][a-z]{0,5}x"))
        .prop_map(|(path, sub)| AttrPath { sub, ..path })
}

/// Any text: control characters, quotes, backslashes and what is beyond 16 bits among it.
fn any_text() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        3 => any::<char>(),
        2 => (0..0x80_u8).prop_map(char::from),
        1 => proptest::sample::select(vec!['"', '\\', '/', '\0', '\n', '[', ']', '(', ')', '😀']),
    ];
    proptest::collection::vec(c, 0..24).prop_map(String::from_iter)
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any_text().prop_map(Literal::Text),
        any::<i64>().prop_map(|n| Literal::Number(n.into())),
        any::<u64>().prop_map(|n| Literal::Number(n.into())),
        any::<f64>()
            .prop_filter_map("finite", Number::from_f64)
            .prop_map(Literal::Number),
        any::<bool>().prop_map(Literal::Bool),
        Just(Literal::Null),
    ]
}

fn leaf() -> impl Strategy<Value = Filter> {
    let op = (0..CompareOp::ALL.len()).prop_map(|i| CompareOp::ALL[i]);
    prop_oneof![
        (with_sub(), op, literal()).prop_map(|(path, op, value)| Filter::Compare {
            path,
            op,
            value
        }),
        with_sub().prop_map(Filter::Present),
    ]
}

fn connect(inner: impl Strategy<Value = Filter> + Clone) -> impl Strategy<Value = Filter> {
    prop_oneof![
        proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
        proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
        inner.prop_map(|inner| Filter::Not(Box::new(inner))),
    ]
}

/// Without brackets, as it stands in them.
pub(crate) fn plain_filter() -> impl Strategy<Value = Filter> {
    leaf().prop_recursive(3, 12, 3, connect)
}

fn full_filter() -> impl Strategy<Value = Filter> {
    let entry = (attr_path(), plain_filter()).prop_map(|(path, filter)| Filter::Entry {
        path,
        filter: Box::new(filter),
    });
    prop_oneof![leaf(), entry].prop_recursive(4, 24, 4, connect)
}

#[test]
fn precedence_is_not_and_or() {
    for (text, canonical) in [
        ("a pr or b pr and c pr", "a pr or b pr and c pr"),
        ("(a pr or b pr) AND c pr", "(a pr or b pr) and c pr"),
        ("NOT(a pr) and b pr", "not (a pr) and b pr"),
        ("((a pr))", "a pr"),
        ("a pr and (b pr and c pr)", "a pr and (b pr and c pr)"),
        ("a[b EQ 1 or c pr]", "a[b eq 1 or c pr]"),
        ("a[b eq \"w\"].c eq \"x\"", "a[b eq \"w\" and c eq \"x\"]"),
        ("a[b eq 1 or c eq 2].d pr", "a[(b eq 1 or c eq 2) and d pr]"),
    ] {
        let printed = Filter::parse(text).map(|filter| filter.to_string());
        assert_eq!(printed.as_deref(), Ok(canonical));
    }
}

#[test]
fn errors_name_the_place_and_what_was_expected() {
    for (text, parts) in [
        ("userName eq bjensen", ["byte 12", "double quotes"]),
        ("userName is \"x\"", ["byte 9", "eq ne co"]),
        ("(a pr", ["byte 5", "\")\""]),
        ("a pr b", ["byte 5", "the end"]),
        ("not a pr", ["byte 4", "\"(\""]),
        ("a[b[c pr]]", ["byte 3", "brackets"]),
    ] {
        let detail = Filter::parse(text).map_err(|error| error.detail);
        let detail = detail.expect_err("refused");
        for part in parts {
            assert!(detail.contains(part), "{detail} lacks {part}");
        }
    }
}

/// Details are logged, and what filters ask for is in no log.
#[test]
fn errors_hold_nothing_of_what_is_asked_for() {
    for text in [
        "userName eq canary",
        "userName eq canary@corp.example",
        "userName canary \"x\"",
        "userName eq \"x\" canary",
        "userName eq 'canary'",
        "userName eq 7canary",
        "userName eq \"x\" 777",
        "userName eq \"canary",
        "userName eq \"canary\\x\"",
        "userName eq (canary)",
        "\"canary\" eq userName",
        "canary. eq \"x\"",
        "a[b eq \"x\"].canary.canary pr",
        "not canary",
        "userName eq čanary",
    ] {
        let refused = Filter::parse(text).expect_err("refused").detail;
        let told = ["canary", "777", "č"]
            .iter()
            .any(|part| refused.contains(part));
        assert!(!told && refused.contains("at byte"), "{text}: {refused}");
    }
}

#[test]
fn limits_hold_at_them_and_one_past_them() {
    let nested = |n: usize| format!("{}a pr{}", "(".repeat(n), ")".repeat(n));
    assert!(Filter::parse(&nested(FILTER_DEPTH_MAX)).is_ok());
    assert!(Filter::parse(&nested(FILTER_DEPTH_MAX + 1)).is_err());
    let chain = |n: usize| vec!["a pr"; n].join(" or ");
    assert!(Filter::parse(&chain(FILTER_COMPARISONS_MAX)).is_ok());
    assert!(Filter::parse(&chain(FILTER_COMPARISONS_MAX + 1)).is_err());
    let long = |n: usize| format!("a eq \"{}\"", "x".repeat(n - 7));
    assert!(Filter::parse(&long(FILTER_BYTES_MAX)).is_ok());
    assert!(Filter::parse(&long(FILTER_BYTES_MAX + 1)).is_err());
}

proptest! {
    #[test]
    fn reading_what_was_printed_gives_it_back(filter in full_filter()) {
        let text = filter.to_string();
        prop_assume!(text.len() <= FILTER_BYTES_MAX);
        prop_assert_eq!(Filter::parse(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn any_text_is_answered(text in "\\PC*") {
        let _ = Filter::parse(&text);
    }

    #[test]
    fn any_sequence_of_words_is_answered(
        words in proptest::collection::vec(
            prop_oneof!["a", "eq", "\"x\"", "and", "or", "not", "\\(", "\\)", "\\[", "\\]",
                "pr", "\\.b", "1", "true"],
            0..20,
        ),
    ) {
        if let Ok(filter) = Filter::parse(&words.join(" ")) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
    }
}
