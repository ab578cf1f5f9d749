import cloudflare

from sdk import ACCOUNT, NOBODY, SdkTest

KEY = f"com.cloudflare.api.account.{ACCOUNT}"


class Iam(SdkTest):
    def domain(self, name):
        """Domains are ours: the SDK has no method for them."""
        made = self.cf.post(
            f"/accounts/{ACCOUNT}/domains", body={"name": name}, cast_to=object
        )
        return f"com.cloudflare.api.account.zone.{made['result']['id']}"

    def new_member(self, email):
        members = self.cf.accounts.members
        role = "9dfa4d1b73034f70ad896bf1c26d78f3"
        made = members.create(
            account_id=ACCOUNT, email=email, status="accepted", roles=[role]
        )
        self.addCleanup(members.delete, made.id, account_id=ACCOUNT)
        return made.id

    def test_resource_groups(self):
        groups = self.cf.iam.resource_groups
        one, two = self.domain("one.py.example"), self.domain("two.py.example")
        scope = {"key": KEY, "objects": [{"key": two}, {"key": one}]}
        made = groups.create(account_id=ACCOUNT, name="Python", scope=scope)
        read = groups.get(made.id, account_id=ACCOUNT)
        self.assertEqual([thing.key for thing in read.scope.objects], [two, one])
        listed = list(groups.list(account_id=ACCOUNT, name="Python"))
        self.assertEqual([group.id for group in listed], [made.id])
        self.assertGreater(len(list(groups.list(account_id=ACCOUNT))), 1)
        changed = groups.update(made.id, account_id=ACCOUNT, name="Python 2")
        self.assertEqual(changed.name, "Python 2")
        with self.assertRaises(cloudflare.ConflictError):
            groups.create(account_id=ACCOUNT, name="python 2", scope=scope)
        self.assertEqual(groups.delete(made.id, account_id=ACCOUNT).id, made.id)
        with self.assertRaises(cloudflare.NotFoundError) as caught:
            groups.get(made.id, account_id=ACCOUNT)
        self.refused(caught.exception, 1003)

    def test_user_groups_and_their_members(self):
        groups = self.cf.iam.user_groups
        dns = next(iter(self.cf.iam.permission_groups.list(account_id=ACCOUNT, name="DNS")))
        whole = next(iter(self.cf.iam.resource_groups.list(account_id=ACCOUNT, name=KEY)))
        policy = {
            "access": "allow",
            "permission_groups": [{"id": dns.id}],
            "resource_groups": [{"id": whole.id}],
        }
        made = groups.create(account_id=ACCOUNT, name="Python", policies=[policy])
        self.assertEqual(made.policies[0].permission_groups[0].name, "DNS")
        self.assertIsNotNone(made.created_on)
        found = list(groups.list(account_id=ACCOUNT, fuzzy_name="yth", per_page=1))
        self.assertEqual([group.id for group in found], [made.id])
        policy["id"] = made.policies[0].id
        changed = groups.update(
            made.id, account_id=ACCOUNT, name="Python 2", policies=[policy]
        )
        self.assertEqual(changed.policies[0].id, policy["id"])

        ann, bob = self.new_member("ann.py@corp.example"), self.new_member("bob.py@corp.example")
        added = groups.members.create(
            made.id, account_id=ACCOUNT, members=[{"id": bob}, {"id": ann}]
        )
        self.assertEqual({member.id for member in added}, {ann, bob})
        listed = groups.members.list(
            made.id, account_id=ACCOUNT, per_page=1, direction="asc", fuzzy_email="py@corp"
        )
        self.assertEqual([member.id for member in listed], [ann, bob])
        one = groups.members.get(ann, account_id=ACCOUNT, user_group_id=made.id)
        self.assertEqual(one.user.email, "ann.py@corp.example")
        set_ = groups.members.update(
            made.id, account_id=ACCOUNT, members=[{"id": bob}, {"id": ann}]
        )
        self.assertEqual([member.id for member in set_], [bob, ann])
        gone = groups.members.delete(ann, account_id=ACCOUNT, user_group_id=made.id)
        self.assertEqual(gone.id, ann)
        emptied = groups.members.update(made.id, account_id=ACCOUNT, members=[])
        self.assertEqual(list(emptied), [])

        with self.assertRaises(cloudflare.BadRequestError) as caught:
            groups.members.create(made.id, account_id=ACCOUNT, members=[{"id": NOBODY}])
        self.refused(caught.exception, 1001)
        self.assertEqual(groups.delete(made.id, account_id=ACCOUNT).id, made.id)
        with self.assertRaises(cloudflare.NotFoundError):
            groups.get(made.id, account_id=ACCOUNT)

    def test_paging_of_groups_ends(self):
        groups = self.cf.iam.user_groups
        made = [groups.create(account_id=ACCOUNT, name=f"p{n}").id for n in range(5)]
        listed = [group.id for group in groups.list(account_id=ACCOUNT, per_page=2)]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(set(made), set(listed))
        for group in made:
            groups.delete(group, account_id=ACCOUNT)

    def test_sso_connectors(self):
        sso = self.cf.iam.sso
        made = sso.create(
            account_id=ACCOUNT, email_domain="py.example", begin_verification=False
        )
        self.assertEqual(made.verification.status, "awaiting")
        self.assertIn(made.id, [connector.id for connector in sso.list(account_id=ACCOUNT)])
        sso.begin_verification(made.id, account_id=ACCOUNT)
        read = sso.get(made.id, account_id=ACCOUNT)
        self.assertEqual(read.verification.status, "pending")
        changed = sso.update(made.id, account_id=ACCOUNT, use_fedramp_language=True)
        self.assertTrue(changed.use_fedramp_language)
        with self.assertRaises(cloudflare.BadRequestError) as caught:
            sso.update(made.id, account_id=ACCOUNT, enabled=True)
        self.refused(caught.exception, 1001)
        with self.assertRaises(cloudflare.ConflictError):
            sso.create(account_id=ACCOUNT, email_domain="py.example")
        self.assertEqual(sso.delete(made.id, account_id=ACCOUNT).id, made.id)
        with self.assertRaises(cloudflare.NotFoundError):
            sso.get(made.id, account_id=ACCOUNT)
