from datetime import datetime, timedelta, timezone

import cloudflare

from sdk import ACCOUNT, NOBODY, SCIM_PROVISIONING, SETTINGS_READ, SdkTest, client, policies


class Tokens(SdkTest):
    def test_a_token_is_made_listed_read_changed_rolled_and_ended(self):
        tokens = self.cf.accounts.tokens
        until = datetime.now(timezone.utc) + timedelta(days=30)
        made = tokens.create(
            account_id=ACCOUNT,
            name="python",
            policies=policies(SETTINGS_READ, SCIM_PROVISIONING),
            condition={"request_ip": {"in": ["127.0.0.0/8"], "not_in": ["127.9.0.0/16"]}},
            expires_on=until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        self.assertEqual(made.status, "active")
        self.assertEqual(made.condition.request_ip.in_, ["127.0.0.0/8"])
        groups = [group.id for group in made.policies[0].permission_groups]
        self.assertEqual(groups, [SETTINGS_READ, SCIM_PROVISIONING])

        verified = client(made.value).accounts.tokens.verify(account_id=ACCOUNT)
        self.assertEqual((verified.id, verified.status), (made.id, "active"))
        read = tokens.get(made.id, account_id=ACCOUNT)
        self.assertEqual(read.name, "python")
        names = [token.name for token in tokens.list(account_id=ACCOUNT, direction="desc")]
        self.assertEqual(names[0], "python")

        changed = tokens.update(
            made.id,
            account_id=ACCOUNT,
            name="python 2",
            policies=[policy.model_dump(exclude_none=True) for policy in read.policies],
            status="disabled",
        )
        self.assertEqual((changed.name, changed.status), ("python 2", "disabled"))
        self.assertEqual(changed.policies[0].id, read.policies[0].id)
        self.assertIsNone(changed.expires_on)
        with self.assertRaises(cloudflare.AuthenticationError):
            client(made.value).accounts.tokens.verify(account_id=ACCOUNT)

        secret = tokens.value.update(made.id, account_id=ACCOUNT)
        self.assertTrue(secret.startswith("pva_"))
        deleted = tokens.delete(made.id, account_id=ACCOUNT)
        self.assertEqual(deleted.id, made.id)
        with self.assertRaises(cloudflare.NotFoundError) as caught:
            tokens.get(made.id, account_id=ACCOUNT)
        self.refused(caught.exception, 1003)

    def test_paging_by_itself_sees_each_once_and_ends(self):
        tokens = self.cf.accounts.tokens
        made = [
            tokens.create(
                account_id=ACCOUNT, name=f"page {number}", policies=policies(SETTINGS_READ)
            ).id
            for number in range(12)
        ]
        listed = [token.id for token in tokens.list(account_id=ACCOUNT, per_page=5)]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(set(made), set(listed))
        for token in made:
            tokens.delete(token, account_id=ACCOUNT)

    def test_permission_groups_are_found(self):
        groups = self.cf.accounts.tokens.permission_groups
        self.assertGreater(len(list(groups.list(account_id=ACCOUNT))), 300)
        found = list(groups.list(account_id=ACCOUNT, name="SCIM Provisioning"))
        self.assertEqual([group.id for group in found], [SCIM_PROVISIONING])
        plain = groups.get(account_id=ACCOUNT, name="SCIM Provisioning")
        self.assertEqual(len(plain), 1)

    def test_errors_have_their_classes(self):
        tokens = self.cf.accounts.tokens
        with self.assertRaises(cloudflare.BadRequestError) as caught:
            tokens.create(account_id=ACCOUNT, name="x", policies=policies(NOBODY))
        self.refused(caught.exception, 1001)
        pointer = caught.exception.body["errors"][0]["source"]["pointer"]
        self.assertEqual(pointer, "/policies/0/permission_groups/0/id")
        with self.assertRaises(cloudflare.NotFoundError):
            tokens.delete(NOBODY, account_id=ACCOUNT)
        with self.assertRaises(cloudflare.PermissionDeniedError) as caught:
            self.reader.accounts.tokens.list(account_id=ACCOUNT)
        self.refused(caught.exception, 9109)
