import warnings

import cloudflare

from sdk import ACCOUNT, NOBODY, SdkTest

SUPER_ADMINISTRATOR = "33666b9c79b9a5273fc7344ff42f953d"


class Members(SdkTest):
    def role(self, name):
        with warnings.catch_warnings():
            # The roles API is deprecated in the SDK, and works.
            warnings.simplefilter("ignore", DeprecationWarning)
            roles = self.cf.accounts.roles.list(account_id=ACCOUNT, per_page=50)
            return next(role for role in roles if role.name == name)

    def group(self, name):
        found = self.cf.iam.permission_groups.list(account_id=ACCOUNT, name=name)
        return next(iter(found)).id

    def whole_account(self):
        name = f"com.cloudflare.api.account.{ACCOUNT}"
        return next(
            iter(self.cf.iam.resource_groups.list(account_id=ACCOUNT, name=name))
        ).id

    def policy(self, *names):
        return {
            "access": "allow",
            "permission_groups": [{"id": self.group(name)} for name in names],
            "resource_groups": [{"id": self.whole_account()}],
        }

    def test_a_member_by_roles(self):
        members = self.cf.accounts.members
        dns, billing = self.role("DNS"), self.role("Billing")
        made = members.create(
            account_id=ACCOUNT, email="roles@corp.example", roles=[dns.id, billing.id]
        )
        self.assertEqual(made.status, "pending")
        self.assertEqual([role.name for role in made.roles], ["DNS", "Billing"])
        self.assertTrue(made.roles[0].permissions.dns_records.write)
        changed = members.update(
            made.id, account_id=ACCOUNT, roles=[billing.model_dump(exclude_none=True)]
        )
        self.assertEqual([role.id for role in changed.roles], [billing.id])
        self.assertEqual(members.get(made.id, account_id=ACCOUNT), changed)
        self.assertEqual(members.delete(made.id, account_id=ACCOUNT).id, made.id)
        with self.assertRaises(cloudflare.NotFoundError) as caught:
            members.get(made.id, account_id=ACCOUNT)
        self.refused(caught.exception, 1003)

    def test_a_member_by_policies(self):
        members = self.cf.accounts.members
        made = members.create(
            account_id=ACCOUNT,
            email="policies@corp.example",
            status="accepted",
            policies=[self.policy("DNS", "Billing"), self.policy("Analytics")],
        )
        self.assertEqual(made.status, "accepted")
        names = [[group.name for group in policy.permission_groups] for policy in made.policies]
        self.assertEqual(names, [["DNS", "Billing"], ["Analytics"]])
        changed = members.update(
            made.id,
            account_id=ACCOUNT,
            policies=[policy.model_dump(exclude_none=True) for policy in made.policies[::-1]],
        )
        self.assertEqual(
            [policy.id for policy in changed.policies],
            [policy.id for policy in made.policies[::-1]],
        )
        with self.assertRaises(cloudflare.ConflictError) as caught:
            members.create(account_id=ACCOUNT, email="policies@corp.example", roles=[])
        self.refused(caught.exception, 1004)
        with self.assertRaises(cloudflare.BadRequestError) as caught:
            members.update(
                made.id, account_id=ACCOUNT, policies=[self.policy("Domain DNS")]
            )
        self.refused(caught.exception, 1006)
        members.delete(made.id, account_id=ACCOUNT)

    def test_paging_sees_each_once(self):
        members = self.cf.accounts.members
        role = self.role("Analytics").id
        made = {
            members.create(
                account_id=ACCOUNT, email=f"page{number}@corp.example", roles=[role]
            ).id
            for number in range(12)
        }
        listed = [
            member.id
            for member in members.list(
                account_id=ACCOUNT, per_page=5, order="user.email", direction="desc"
            )
        ]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(made, set(listed))
        pending = members.list(account_id=ACCOUNT, status="pending", per_page=50)
        self.assertEqual({member.id for member in pending}, made)
        for member in made:
            members.delete(member, account_id=ACCOUNT)

    def test_the_last_super_administrator_stays(self):
        members = self.cf.accounts.members
        root = members.create(
            account_id=ACCOUNT,
            email="root@corp.example",
            status="accepted",
            roles=[SUPER_ADMINISTRATOR],
        )
        with self.assertRaises(cloudflare.PermissionDeniedError) as caught:
            members.delete(root.id, account_id=ACCOUNT)
        self.refused(caught.exception, 10000)

    def test_roles_and_permission_groups(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            dns = self.role("DNS")
            self.assertEqual(self.cf.accounts.roles.get(dns.id, account_id=ACCOUNT), dns)
            with self.assertRaises(cloudflare.NotFoundError):
                self.cf.accounts.roles.get(NOBODY, account_id=ACCOUNT)
        groups = self.cf.iam.permission_groups
        listed = list(groups.list(account_id=ACCOUNT, per_page=50))
        self.assertEqual(len(listed), len({group.id for group in listed}))
        self.assertGreater(len(listed), 100)
        found = list(groups.list(account_id=ACCOUNT, label="all_privileges"))
        self.assertEqual(len(found), 1)
        one = groups.get(found[0].id, account_id=ACCOUNT)
        self.assertEqual(one.name, "Super Administrator - All Privileges")
        self.assertEqual(one.meta.editable, "false")
