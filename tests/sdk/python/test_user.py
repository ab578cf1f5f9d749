import cloudflare

from sdk import ACCOUNT, SETTINGS_READ, SdkTest, client, policies


class User(SdkTest):
    def test_a_member_reads_and_renames_themself(self):
        user = self.member.user.get()
        self.assertEqual(user.email, "ann@corp.example")
        self.assertEqual(user.first_name, "Ann")
        self.assertEqual(user.organizations[0].id, ACCOUNT)
        changed = self.member.user.edit(last_name="Archer")
        self.assertEqual((changed.first_name, changed.last_name), ("Ann", "Archer"))

    def test_a_member_sees_the_membership(self):
        memberships = list(self.member.memberships.list())
        self.assertEqual(len(memberships), 1)
        self.assertEqual(memberships[0].status, "accepted")
        self.assertEqual(memberships[0].account.id, ACCOUNT)
        one = self.member.memberships.get(membership_id=memberships[0].id)
        self.assertEqual(one.roles, ["Minimal Account Access"])

    def test_a_member_has_tokens_of_their_own(self):
        tokens = self.member.user.tokens
        made = tokens.create(name="laptop", policies=policies(SETTINGS_READ))
        laptop = client(made.value)
        self.assertEqual(laptop.user.tokens.verify().id, made.id)
        self.assertIn(made.id, [token.id for token in tokens.list()])
        self.assertEqual(tokens.get(made.id).name, "laptop")
        changed = tokens.update(made.id, name="phone", policies=policies(SETTINGS_READ))
        self.assertEqual(changed.name, "phone")
        secret = tokens.value.update(made.id)
        self.assertEqual(client(secret).user.tokens.verify().status, "active")
        self.assertEqual(tokens.delete(made.id).id, made.id)
        self.assertGreater(len(list(tokens.permission_groups.list())), 300)

    def test_an_accounts_token_has_no_user(self):
        with self.assertRaises(cloudflare.AuthenticationError) as caught:
            self.cf.user.tokens.verify()
        self.refused(caught.exception, 1000)
        with self.assertRaises(cloudflare.PermissionDeniedError) as caught:
            self.cf.user.get()
        self.refused(caught.exception, 9109)
