"""What the tests share: clients that have nothing set but base URL and token."""

import os
import unittest

from cloudflare import Cloudflare

ACCOUNT = os.environ["ACCOUNT"]
OTHER_ACCOUNT = os.environ["OTHER_ACCOUNT"]
NOBODY = "f" * 32

SETTINGS_READ = "c1fde68c7bcc44588cbb6ddbc16d6480"
SCIM_PROVISIONING = "d5812c023a5048b4882175a28952362d"


def client(token):
    # The base URL is in CLOUDFLARE_BASE_URL.
    return Cloudflare(api_token=token, _strict_response_validation=True)


class SdkTest(unittest.TestCase):
    def setUp(self):
        self.cf = client(os.environ["ADMIN_TOKEN"])
        self.reader = client(os.environ["READ_TOKEN"])
        self.member = client(os.environ["MEMBER_TOKEN"])

    def refused(self, error, code):
        """The error carries the envelope's code and a sentence."""
        self.assertEqual(error.errors[0].code, code)
        self.assertTrue(error.errors[0].message.endswith("."))


def policies(*groups):
    return [
        {
            "effect": "allow",
            "permission_groups": [{"id": group} for group in groups],
            "resources": {f"com.cloudflare.api.account.{ACCOUNT}": "*"},
        }
    ]
