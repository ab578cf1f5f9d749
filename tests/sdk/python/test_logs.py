from datetime import date, timedelta

import cloudflare

from sdk import ACCOUNT, NOBODY, SdkTest, SETTINGS_READ, policies

SINCE = date.today() - timedelta(days=2)
BEFORE = date.today() + timedelta(days=2)


class Logs(SdkTest):
    def setUp(self):
        super().setUp()
        for number in range(4):
            made = self.cf.accounts.tokens.create(
                account_id=ACCOUNT, name=f"log {number}", policies=policies(SETTINGS_READ)
            )
            self.cf.accounts.tokens.delete(made.id, account_id=ACCOUNT)
        self.token = made.id

    def entries(self, **query):
        audit = self.cf.accounts.logs.audit
        return list(
            audit.list(account_id=ACCOUNT, since=SINCE, before=BEFORE, limit=3, **query)
        )

    def test_the_log_is_read_to_its_end_by_cursor(self):
        ids = [entry.id for entry in self.entries()]
        self.assertGreater(len(ids), 8)
        self.assertEqual(len(ids), len(set(ids)))
        forward = [entry.id for entry in self.entries(direction="asc")]
        self.assertEqual(forward, ids[::-1])

    def test_rows_are_left_out_by_any_field(self):
        kinds = {entry.action.type for entry in self.entries(action_type={"not": ["create"]})}
        self.assertNotIn("create", kinds)
        self.assertIn("delete", kinds)
        left = self.entries(
            action_type={"not": ["create", "delete", "view"]},
            actor_context={"not": ["api"]},
            raw_status_code={"not": [403]},
        )
        self.assertEqual([entry for entry in left if entry.action.type != "update"], [])

    def test_history_and_categories(self):
        audit = self.cf.accounts.logs.audit
        of_token = [entry for entry in self.entries() if entry.resource.id == self.token]
        self.assertEqual([entry.action.type for entry in of_token], ["delete", "create"])
        history = audit.history(
            of_token[0].id,
            account_id=ACCOUNT,
            action_time=of_token[0].action.time.isoformat(),
            since=SINCE,
            before=BEFORE,
        )
        self.assertEqual([entry.id for entry in history], [entry.id for entry in of_token])
        categories = list(audit.product_categories(account_id=ACCOUNT))
        self.assertIn("identity", [category.value for category in categories])
        with self.assertRaises(cloudflare.NotFoundError):
            audit.history(
                NOBODY, account_id=ACCOUNT, action_time="x", since=SINCE, before=BEFORE
            )

    def test_the_older_log_has_pages(self):
        rows = list(self.cf.audit_logs.list(account_id=ACCOUNT, per_page=3))
        self.assertGreater(len(rows), 8)
        self.assertEqual(len({row.id for row in rows}), len(rows))
        self.assertTrue(all(row.action.result is not None for row in rows))
