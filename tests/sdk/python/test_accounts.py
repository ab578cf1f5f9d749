import cloudflare

from sdk import ACCOUNT, NOBODY, OTHER_ACCOUNT, SdkTest


class Accounts(SdkTest):
    def test_the_tokens_account_is_listed_read_and_renamed(self):
        listed = list(self.cf.accounts.list(per_page=5))
        self.assertEqual([account.id for account in listed], [ACCOUNT])
        account = self.cf.accounts.get(account_id=ACCOUNT)
        self.assertEqual(account, listed[0])
        self.assertEqual(account.type, "enterprise")
        self.assertEqual(list(self.cf.accounts.list(name="Other")), [])
        renamed = self.cf.accounts.update(
            account_id=ACCOUNT, id=ACCOUNT, name="Renamed", type=account.type
        )
        self.assertEqual(renamed.name, "Renamed")
        self.cf.accounts.update(account_id=ACCOUNT, id=ACCOUNT, name="SDK", type=account.type)

    def test_errors_have_their_classes(self):
        with self.assertRaises(cloudflare.PermissionDeniedError) as caught:
            self.cf.accounts.create(name="New")
        self.refused(caught.exception, 9109)
        for unknown in [NOBODY, OTHER_ACCOUNT]:
            with self.assertRaises(cloudflare.NotFoundError) as caught:
                self.cf.accounts.get(account_id=unknown)
            self.refused(caught.exception, 1003)
        with self.assertRaises(cloudflare.PermissionDeniedError) as caught:
            self.reader.accounts.update(
                account_id=ACCOUNT, id=ACCOUNT, name="x", type="standard"
            )
        self.refused(caught.exception, 9109)
        with self.assertRaises(cloudflare.BadRequestError) as caught:
            self.cf.accounts.update(account_id=ACCOUNT, id=ACCOUNT, name="", type="standard")
        self.refused(caught.exception, 1001)
        with self.assertRaises(cloudflare.ConflictError) as caught:
            self.cf.accounts.update(
                account_id=ACCOUNT, id=ACCOUNT, name="other", type="standard"
            )
        self.refused(caught.exception, 1004)
        # It was told not to ask again.
        self.assertEqual(
            caught.exception.request.headers.get("x-stainless-retry-count"), "0"
        )
        with self.assertRaises(cloudflare.AuthenticationError) as caught:
            self.cf.with_options(api_token="pva_none").accounts.list()
        self.refused(caught.exception, 1000)
        with self.assertRaises(cloudflare.NotFoundError) as caught:
            self.cf.get("/nothing", cast_to=object)
        self.refused(caught.exception, 7003)
