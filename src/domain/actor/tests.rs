use super::*;

const ALL: [Permission; 23] = [
    Permission::ScimRead,
    Permission::ScimReadOwn,
    Permission::ScimWrite,
    Permission::RolesWrite,
    Permission::MetricsRead,
    Permission::TokenVerify,
    Permission::AccountRead,
    Permission::AccountWrite,
    Permission::DirectoryRead,
    Permission::DirectoryWrite,
    Permission::TokensRead,
    Permission::TokensWrite,
    Permission::SsoRead,
    Permission::SsoWrite,
    Permission::LogsRead,
    Permission::UserRead,
    Permission::UserWrite,
    Permission::MembershipsRead,
    Permission::MembershipsWrite,
    Permission::ConnectionsWrite,
    Permission::TokensAdminister,
    Permission::OwnOperator,
    Permission::BoxAdministration,
];

fn signed_in(rights: Option<MemberRights>, box_administrator: bool) -> SignedIn {
    SignedIn {
        operator: OperatorId::from_bytes([1; 16]),
        email: String::new(),
        session: SessionId::from_bytes([1; 16]),
        box_administrator,
        factor_missing: false,
        member: None,
        rights,
    }
}

fn held(rights: Option<MemberRights>, box_administrator: bool) -> Vec<Permission> {
    let actor = Actor::Operator(signed_in(rights, box_administrator));
    ALL.into_iter().filter(|one| actor.allows(*one)).collect()
}

#[test]
fn without_a_role_an_operator_has_nothing_but_their_own() {
    assert_eq!(held(None, false), [Permission::OwnOperator]);
    assert_eq!(
        held(Some(MemberRights::Own), false),
        [Permission::OwnOperator]
    );
    let boxed = [Permission::OwnOperator, Permission::BoxAdministration];
    assert_eq!(held(Some(MemberRights::Own), true), boxed);
}

#[test]
fn read_only_reads_and_an_administrator_changes_all_but_tokens() {
    let reads = held(Some(MemberRights::Reads), false);
    assert!(reads.contains(&Permission::TokensRead) && reads.contains(&Permission::LogsRead));
    let writes = [
        Permission::AccountWrite,
        Permission::DirectoryWrite,
        Permission::RolesWrite,
        Permission::SsoWrite,
        Permission::ConnectionsWrite,
    ];
    assert!(writes.iter().all(|one| !reads.contains(one)));
    let administers = held(Some(MemberRights::Administers), false);
    assert!(writes.iter().all(|one| administers.contains(one)));
    for tokens in [Permission::TokensWrite, Permission::TokensAdminister] {
        assert!(!administers.contains(&tokens));
        assert!(held(Some(MemberRights::Everything), false).contains(&tokens));
    }
    let everything = held(Some(MemberRights::Everything), false);
    assert!(!everything.contains(&Permission::BoxAdministration));
    assert!(!everything.contains(&Permission::ScimWrite));
}

#[test]
fn without_the_factor_that_they_must_have_nobody_has_anything() {
    let actor = Actor::Operator(SignedIn {
        factor_missing: true,
        ..signed_in(Some(MemberRights::Everything), true)
    });
    let held: Vec<_> = ALL.into_iter().filter(|one| actor.allows(*one)).collect();
    assert_eq!(held, [Permission::OwnOperator]);
    let refused = actor
        .require(Permission::DirectoryRead)
        .expect_err("refused");
    assert_eq!(refused.reason(), Reason::FactorNeeded);
}

#[test]
fn a_refusal_names_the_role_that_helps() {
    let anybody = signed_in(None, false);
    let refusal = |permission| anybody.refusal(permission).message().to_owned();
    assert!(refusal(Permission::DirectoryRead).contains("Administrator Read Only"));
    assert!(
        refusal(Permission::ConnectionsWrite).contains("one of the roles Administrator or Super")
    );
    assert!(refusal(Permission::TokensWrite).contains("Super Administrator - All"));
    assert!(refusal(Permission::BoxAdministration).contains("server administrators"));
}
