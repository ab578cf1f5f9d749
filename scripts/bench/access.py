#!/usr/bin/env python3
"""What questions about access cost: effective permissions, explain, who holds a role, preview.

    scripts/bench/access.py BINARY [PEOPLE...]        (default: 100000)

Starts the server on a free port of 127.0.0.1 with a new data folder, and fills it over SCIM and
REST: people, one group for every twenty of them (one with everybody in it, ten with a tenth, the
others with twenty people each: three memberships a person), and one policy for every ten, of which
four in ten are on groups, three in ten on domains, and one in twenty denies. Then it asks each
question some times over one connection, and prints a Markdown table as scim.py does.
"""
import json
import random
import sys
import time

import scim

DOMAINS = 500
BIG_GROUPS = 10
GROUP_OF = 20
# The groups, and so the policies, that one person has: the most anybody here has.
BUSY_GROUPS = 100
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Server(scim.Server):
    """Asks SCIM where the path is SCIM's, and the REST API elsewhere."""

    def __init__(self, binary):
        super().__init__(binary)
        made = self.cli("token", "create", "--template", "admin", "--name", "bench admin")
        self.tokens = {True: self.token, False: made.strip()}
        self.bases = {True: self.base, False: self.base.removesuffix("/scim/v2")}

    def ask(self, method, path, body=None):
        is_scim = path[1].isupper()
        self.token, self.base = self.tokens[is_scim], self.bases[is_scim]
        headers = {"Authorization": "Bearer " + self.token}
        if body is not None:
            headers["Content-Type"] = "application/scim+json" if is_scim else "application/json"
        self.http.request(method, self.base + path, body, headers)
        answer = self.http.getresponse()
        data = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {data[:300]}")
        return data

    def result(self, method, path, body=None):
        return json.loads(self.ask(method, path, body and json.dumps(body)))["result"]

    def pages(self, path, size):
        """All of a list that is read by page numbers."""
        page = 1
        while items := self.result("GET", f"{path}?per_page={size}&page={page}"):
            yield from items
            page += 1


class Directory:
    """What was filled in, by its ids."""

    def __init__(self, server, people):
        self.server, self.random = server, random.Random(4)
        # Ids as SCIM has them, as REST has them, and REST's of groups, all in the order made.
        self.users, self.members, self.groups = [], [], []
        self.people(people)
        self.group_count = people // 20
        self.memberships = 0
        self.fill_groups()
        self.catalogue()
        self.scopes()
        self.policies = 0
        self.fill_policies(people // 10)

    def bulk(self, resources, path):
        answer = json.loads(self.server.ask("POST", "/Bulk", scim.bulk_of(resources, path)))
        failed = [one for one in answer["Operations"] if one["status"] != "201"]
        if failed:
            sys.exit(f"bulk: {failed[0]}")
        return [one["location"].rsplit("/", 1)[1] for one in answer["Operations"]]

    def people(self, count):
        for start in range(0, count, 1_000):
            some = [scim.person(n) for n in range(start, min(start + 1_000, count))]
            self.users += self.bulk(some, "/Users")
        known = {item["user"]["id"]: item["id"] for item in self.server.pages("/members", 1_000)}
        self.members = [known[user] for user in self.users]

    def fill_groups(self):
        self.by_itself(0, self.users)
        for number in range(1, BIG_GROUPS + 1):
            self.by_itself(number, self.users[number - 1 :: BIG_GROUPS])
        for start in range(BIG_GROUPS + 1, self.group_count, 500):
            end = min(start + 500, self.group_count)
            self.bulk([self.group(number) for number in range(start, end)], "/Groups")
        listed = list(self.server.pages("/iam/user_groups", 500))
        known = {item["name"]: item["id"] for item in listed}
        self.groups = [known[f"Team {number}"] for number in range(self.group_count)]
        self.memberships = sum(item["member_count"] for item in listed)

    def group(self, number):
        users = self.random.sample(self.users[1:], GROUP_OF)
        if number <= BIG_GROUPS + BUSY_GROUPS:
            users[0] = self.users[0]
        return {
            "schemas": [GROUP],
            "displayName": f"Team {number}",
            "members": [{"value": user} for user in users],
        }

    def by_itself(self, number, users):
        """A group too large for a bulk request; its members come 10,000 at a time."""
        body = {"schemas": [GROUP], "displayName": f"Team {number}"}
        made = json.loads(self.server.ask("POST", "/Groups", json.dumps(body)))
        for start in range(0, len(users), 10_000):
            value = [{"value": user} for user in users[start : start + 10_000]]
            operation = {"op": "add", "path": "members", "value": value}
            body = {"schemas": [PATCH], "Operations": [operation]}
            self.server.ask("PATCH", f"/Groups/{made['id']}", json.dumps(body))

    def catalogue(self):
        groups = list(self.server.pages("/iam/permission_groups", 50))
        self.roles = {group["name"]: group["id"] for group in groups}
        scope = "com.cloudflare.api.account"
        of = {group["id"]: group["meta"]["scopes"] for group in groups}
        of.pop(self.roles["Super Administrator - All Privileges"])
        self.account_roles = [id_ for id_, scopes in of.items() if scopes == scope]
        self.domain_roles = [id_ for id_, scopes in of.items() if scopes == scope + ".zone"]

    def scopes(self):
        account = self.server.bases[False].rsplit("/", 1)[1]
        self.account_key = f"com.cloudflare.api.account.{account}"
        zone = "com.cloudflare.api.account.zone."
        made = [
            self.server.result("POST", "/domains", {"name": f"d{number}.example.com"})
            for number in range(DOMAINS)
        ]
        self.zones = [zone + domain["id"] for domain in made]
        self.lists = []
        for start in range(0, DOMAINS, 5):
            objects = [{"key": key} for key in self.zones[start : start + 5]]
            scope = {"key": self.account_key, "objects": objects}
            body = {"name": f"List {start // 5}", "scope": scope}
            self.lists.append(self.server.result("POST", "/iam/resource_groups", body)["id"])

    def policy(self, role=None):
        number, pick = self.policies, self.random.choice
        self.policies += 1
        everywhere = {"scope": {"key": self.account_key, "objects": [{"key": "*"}]}}
        if role is None and number % 10 in (1, 4, 7):
            role = pick(self.domain_roles)
            one = {"scope": {"key": pick(self.zones), "objects": [{"key": "*"}]}}
            on = {"id": pick(self.lists)} if number % 2 else one
        else:
            role, on = role or pick(self.account_roles), everywhere
        return {
            "access": "deny" if number % 20 == 3 else "allow",
            "permission_groups": [{"id": role}],
            "resource_groups": [on],
        }

    def fill_policies(self, count):
        first = self.server.result(
            "PUT",
            f"/members/{self.members[1]}",
            {"policies": [self.policy(self.roles["Super Administrator - All Privileges"])]},
        )
        assert first["policies"]
        # Everybody has this role by a group, and a tenth has that one by another.
        fixed = {0: self.roles["Analytics"], 1: self.roles["DNS"]}
        on_groups = count * 4 // 10
        for number in range(on_groups):
            body = {"policies": [self.policy(fixed.get(number))]}
            self.server.result("PUT", f"/iam/user_groups/{self.groups[number]}", body)
        for number in range(count - on_groups - 1):
            member = self.members[2 + 7 * number % (len(self.members) - 2)]
            self.server.result("PUT", f"/members/{member}", {"policies": [self.policy()]})


def deactivate(directory, count):
    off = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}
    chosen = directory.random.sample(directory.users[2:], count)
    operations = [{"method": "PATCH", "path": f"/Users/{user}", "data": off} for user in chosen]
    for start in range(0, count, 1_000):
        body = {"schemas": [scim.BULK], "Operations": operations[start : start + 1_000]}
        answer = json.loads(directory.server.ask("POST", "/Bulk", json.dumps(body)))
        failed = [one for one in answer["Operations"] if one["status"] != "200"]
        if failed:
            sys.exit(f"bulk: {failed[0]}")


def permissions(directory, times):
    for _ in range(times):
        yield "GET", f"/members/{directory.random.choice(directory.members)}/permissions"


def explain(directory, role, times):
    for _ in range(times):
        member = directory.random.choice(directory.members)
        yield "GET", f"/explain?member={member}&role={role}"


def holders(role, size, found):
    """Every page; counts those who hold it."""
    path = f"/roles/{role}/holders?limit={size}"
    after = ""
    while True:
        answer = json.loads((yield "GET", path + after))
        found.append(len(answer["result"]))
        cursor = answer["result_info"].get("cursor")
        if not cursor:
            return
        after = "&cursor=" + cursor


def preview(change, times=1, size=100, found=None):
    """The first page `times` times; with `found`, every page, and how many are told of."""
    after = ""
    for number in range(times if found is None else sys.maxsize):
        answer = json.loads((yield "POST", f"/preview?limit={size}{after}", json.dumps(change)))
        if found is None:
            continue
        found.append(len(answer["result"]))
        cursor = answer["result_info"].get("cursor")
        if not cursor:
            return
        after = "&cursor=" + cursor


def paged(path, first, times, size=100):
    for page in range(first, first + times):
        yield "GET", f"{path}?page={page}&per_page={size}"


def of_everybody(server, name, requests, found):
    scim.measure(server, name, requests)
    print(f"<!-- {name}: {sum(found):,} in all -->", flush=True)


def run(binary, people):
    server = Server(binary)
    try:
        begun = time.monotonic()
        directory = Directory(server, people)
        print(f"filled in {time.monotonic() - begun:.0f} s", file=sys.stderr)
        time.sleep(2)
        print(f"\n{people:,} people, {directory.group_count:,} groups with "
              f"{directory.memberships:,} memberships, {directory.policies:,} policies\n")
        print("| Request | times | median ms | longest ms | CPU ms |\n|---|---:|---:|---:|---:|")
        measure(server, directory, people)
        print(f"\nRSS afterwards: {server.rss_mib():.1f} MiB")
    finally:
        server.end()


def measure(server, directory, people):
    scim.measure(server, "permissions of one member, any", permissions(directory, 5_000))
    busy = f"/members/{directory.members[0]}/permissions"
    scim.measure(server, "permissions, member of 102 groups", scim.same(busy, 500))
    by_group, unheld = directory.roles["Analytics"], directory.roles["Billing"]
    scim.measure(server, "explain, role held by a group", explain(directory, by_group, 2_000))
    scim.measure(server, "explain, role mostly not held", explain(directory, unheld, 2_000))
    for name, role in (
        ("everybody by a group", "Analytics"),
        ("everybody of their own", "Minimal Account Access"),
        ("a tenth by a group", "DNS"),
    ):
        for size in (100, 1_000):
            found = []
            name_ = f"holders, {name}, a page of {size:,}"
            of_everybody(server, name_, holders(directory.roles[role], size, found), found)
    policies = {"policies": [directory.policy(directory.roles["Billing"])]}
    small, large = directory.groups[-1], directory.groups[0]
    change = {"method": "PUT", "path": f"/iam/user_groups/{small}", "body": policies}
    scim.measure(server, "preview, policies of a group of 20", preview(change, 200))
    change = {"method": "PUT", "path": f"/iam/user_groups/{large}", "body": policies}
    scim.measure(server, "preview, policies of everybody's group, first 100",
                 preview(change, 50))
    found = []
    of_everybody(server, "the same, all of it in pages of 500",
                 preview(change, size=500, found=found), found)
    last, last_group = people // 100 - 50, directory.group_count // 100 - 20
    scim.measure(server, "members, 100, from the first", paged("/members", 1, 50))
    scim.measure(server, "members, 100, at the end", paged("/members", last, 50))
    deactivate(directory, people // 100)
    scim.measure(server, "the same, one in a hundred inactive", paged("/members", last, 50))
    scim.measure(server, "user groups, 100, from the first", paged("/iam/user_groups", 1, 20))
    scim.measure(server, "user groups, 100, at the end",
                 paged("/iam/user_groups", last_group, 20))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for size in [int(text) for text in sys.argv[2:]] or [100_000]:
        run(sys.argv[1], size)
