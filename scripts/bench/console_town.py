"""What console.py fills a server with: an account as a large company has it after a month."""
import json
import os
import random
import sqlite3
import sys
import time
from urllib.parse import quote

import access
import scim

FIRST = """Maria James Wei Fatima Olga Pedro Aisha Liam Chen Sofia Noah Emma Yuki Ravi Anna Lucas
Ines Omar Julia David Elena Kofi Hana Peter Mona Igor Leila Tomas Nina Carlos Ruth Ali Eva Paul
Zoe Ivan Lena Amir Clara Max""".split()
LAST = """Garcia Smith Wang Khan Ivanova Silva Hassan Murphy Li Rossi Brown Jones Tanaka Patel
Novak Martin Costa Ahmed Weber Cohen Popescu Mensah Suzuki Larsen Nasser Petrov Karimi Horak
Berg Lopez Stone Demir Toth Keller Adams Sokolov Braun Rezai Dubois Meyer""".split()
DEPARTMENTS = 40
GROUP_SIZES = [20_000, 10_000, 10_000] + [2_000] * 10
LOCAL_GROUPS = 200
BUSY_PEOPLE, BUSY_GROUPS = 500, 50
GROUP_POLICIES, MEMBER_POLICIES = 2_000, 1_000
BY_HAND = 1_000
CUSTOM_ROLES = 20
LEGACY_GROUPS, LEGACY_MEMBERS = 40, 500
TOKENS, OPERATORS = 100, 20
# Of a thousand operations of a provider that come after everybody was made.
REFUSED, UNCHANGED = 60, 30
REASONS = 4
HELD = 500
DAYS = 29
DAY_MS = 86_400_000


def person(number, connection):
    """One in seven has only the parts of a name."""
    first, last = FIRST[number % 40], LAST[number // 40 % 40]
    name = f"{first.lower()}.{last.lower()}.{number}"
    made = scim.person(number) | {
        "userName": f"{name}@bench.example.com",
        "externalId": f"00u{connection}{number:010}",
        "displayName": f"{first} {last}",
        "name": {"givenName": first, "familyName": last},
        "emails": [{"value": f"{name}@bench.example.com", "type": "work", "primary": True}],
    }
    if number % 7 == 0:
        del made["displayName"]
    return made


class Town(access.Directory):
    """Fills the server; `facts` is what questions are made of."""

    def __init__(self, server, people, groups, rows):
        self.server, self.random = server, random.Random(6)
        # Rows of the log, one for each operation.
        self.sent = 0
        self.users, self.owner, self.memberships, self.policies = [], [], 0, 0
        self.connections(people)
        steps = (
            ("people", lambda: self.people(people)),
            ("groups", lambda: self.fill_groups(groups)),
            ("policies", self.fill_policies_too),
            ("inactive people", self.deactivate),
            ("legacy groups", self.migrate),
            ("tokens and operators", self.fill_box),
            ("log", lambda: self.fill_log(rows)),
        )
        for name, step in steps:
            begun = time.monotonic()
            step()
            print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)

    def connections(self, people):
        """Tokens of four providers, and how many of the people each manages."""
        shares = {"okta": 60, "entra": 25, "authentik": 4, "generic": 10}
        self.tokens, self.shares = {}, []
        for kind, share in shares.items():
            name = kind.capitalize()
            made = self.server.cli("connection", "create", kind, "--name", name, "--brake", "off")
            self.tokens[kind] = made.strip()
            self.shares.append((kind, people * share // 100))

    def bulk(self, resources, path):
        self.sent += len(resources)
        return super().bulk(resources, path)

    def asks_as(self, kind):
        self.server.tokens[True] = self.tokens[kind]

    def people(self, count):
        by_hand = min(BY_HAND, count // 100)
        number = 0
        for kind, share in self.shares:
            self.asks_as(kind)
            last = count - by_hand if kind == "generic" else number + share
            for start in range(number, last, 1_000):
                some = [person(n, kind) for n in range(start, min(start + 1_000, last))]
                self.users += self.bulk(some, "/Users")
                self.owner += [kind] * len(some)
            number = last
        for n in range(number, count):
            email = f"hand.{n}@bench.example.com"
            body = {"email": email, "status": "accepted"}
            made = self.server.result("POST", "/members", body)
            self.users.append(made["user"]["id"])
            self.owner.append("local")
        listed = self.server.pages("/members", 1_000)
        known = {item["user"]["id"]: item["id"] for item in listed}
        self.members = [known[user] for user in self.users]

    def fill_groups(self, count):
        pushed = count - LOCAL_GROUPS
        self.groups, sample = [], self.random.sample
        # Nine in ten of the others are in groups; those who work with many teams are in many.
        people = sample(self.users, len(self.users) * 9 // 10)
        self.busy = people[:BUSY_PEOPLE]
        for number, size in enumerate(GROUP_SIZES):
            self.asks_as("okta")
            self.by_itself(number, sample(people, min(size, len(people) // 2)))
        for start in range(len(GROUP_SIZES), pushed, 500):
            end = min(start + 500, pushed)
            self.asks_as("okta" if start < pushed * 3 // 4 else "entra")
            self.bulk([self.group_of(n, people) for n in range(start, end)], "/Groups")
        for number in range(pushed, count):
            body = {"name": f"Local team {number}"}
            made = self.server.result("POST", "/iam/user_groups", body)
            some = [{"id": self.members[n]} for n in range(number % 50, 2_000, 100)]
            self.server.result("POST", f"/iam/user_groups/{made['id']}/members", some)
        listed = list(self.server.pages("/iam/user_groups", 500))
        self.groups = [item["id"] for item in listed]
        self.names = {item["id"]: item["name"] for item in listed}
        self.sizes = {item["id"]: item["member_count"] for item in listed}
        self.memberships = sum(self.sizes.values())

    def group_of(self, number, people):
        size = self.random.choice((10, 20, 20, 40, 60, 120))
        users = self.random.sample(people, size)
        # Half a thousand people come to some fifty groups each.
        users += [self.busy[(number * 5 + n) % BUSY_PEOPLE] for n in range(5)]
        return {
            "schemas": [access.GROUP],
            "displayName": f"Team {number} {FIRST[number % 40]}",
            "members": [{"value": user} for user in dict.fromkeys(users)],
        }

    def fill_policies_too(self):
        self.catalogue()
        self.scopes()
        big = sorted(self.groups, key=self.sizes.get, reverse=True)
        ask = lambda path, body: self.server.result("PUT", path, body)
        fixed = [self.roles["Analytics"], self.roles["DNS"]]
        on = big[:2] + self.random.sample(big[2:], min(GROUP_POLICIES, len(big)) - 2)
        for number, group in enumerate(on):
            role = fixed[number] if number < len(fixed) else None
            body = {"policies": [self.policy(role)]}
            if number % 100 == 99:
                body = {"policies": [self.policy() for _ in range(10)]}
            ask(f"/iam/user_groups/{group}", body)
        chosen = self.random.sample(range(len(self.members)), MEMBER_POLICIES)
        for at in chosen:
            ask(f"/members/{self.members[at]}", {"policies": [self.policy()]})
        self.with_policy = [self.members[at] for at in chosen]
        self.groups_with_policy = on
        for number in range(CUSTOM_ROLES):
            body = {
                "name": f"Own role {number}",
                "permissions": ["dns_records:read", "dns_records:edit"],
            }
            self.server.result("POST", "/roles", body)

    def deactivate(self):
        self.asks_as("entra")
        off = patch({"op": "replace", "path": "active", "value": False})
        users = [user for user, owner in zip(self.users, self.owner) if owner == "entra"]
        for start in (0, 1_000):
            some = users[start : start + 1_000]
            self.operations([("PATCH", f"/Users/{user}", off) for user in some])

    def migrate(self):
        """Half of the legacy groups are pushed and converted, then the other half is pushed."""
        switch = {"enabled": True, "allow_super_administrator": False}
        self.server.result("PUT", "/legacy_groups/mapping", switch)
        self.asks_as("okta")
        path = "/Groups?count=200&excludedAttributes=members&sortBy=displayName&filter=" + quote(
            f'displayName sw "CF-{self.server.account}"')
        listed = json.loads(self.server.ask("GET", path))["Resources"]
        groups = [one["id"] for one in listed][:LEGACY_GROUPS]
        for group in groups[::2]:
            self.push(group)
        root, options = "/legacy_groups", {"decisions": []}
        plan = self.server.result("POST", f"{root}/plan", options)
        changing = [one["id"] for one in plan["people"] if one["before"] != one["after"]]
        request = {"id": plan["id"], "fingerprint": plan["fingerprint"], "options": options,
                   "confirmed": changing}
        self.server.result("POST", f"{root}/convert", request)
        for group in groups[1::2]:
            self.push(group)

    def push(self, group):
        value = [{"value": user} for user in self.random.sample(self.users, LEGACY_MEMBERS)]
        operation = {"op": "add", "path": "members", "value": value}
        self.server.ask("PATCH", f"/Groups/{group}", json.dumps(patch(operation)))

    def fill_box(self):
        cli = self.server.cli
        for number in range(TOKENS):
            cli("token", "create", "--template", "admin", "--name", f"Token {number}")
        for number in range(OPERATORS):
            cli("admin", "create", "--email", f"operator{number}@bench.example.com")

    def operations(self, some):
        self.sent += len(some)
        operations = [
            {"method": method, "path": path, "data": data, "bulkId": str(number)}
            if method == "POST" else {"method": method, "path": path, "data": data}
            for number, (method, path, data) in enumerate(some)
        ]
        self.server.ask("POST", "/Bulk",
                        json.dumps({"schemas": [scim.BULK], "Operations": operations}))

    def fill_log(self, rows):
        """Changes of titles, with some that change nothing and some that are refused."""
        of = {kind: [user for user, owner in zip(self.users, self.owner) if owner == kind]
              for kind in ("okta", "entra", "generic")}
        left = rows - self.sent
        turn = 0
        while left > 0:
            kind = ("okta", "okta", "okta", "entra", "entra", "generic")[turn % 6]
            self.asks_as(kind)
            some = self.random.choices(of[kind], k=min(1_000, left))
            self.operations([self.change(n, turn, user) for n, user in enumerate(some)])
            left -= len(some)
            turn += 1

    def change(self, number, turn, user):
        title = {"op": "replace", "path": "title", "value": f"Title {turn} {number}"}
        if number < REFUSED:
            return (
                ("POST", "/Users", person(number, "again")),
                ("PATCH", f"/Users/{'0' * 32}", patch(title)),
                ("PATCH", f"/Users/{user}", patch({"op": "replace", "path": "nothing.such",
                                                   "value": "x"})),
                ("POST", "/Users", {"schemas": [scim.USER], "displayName": "No userName"}),
            )[number % REASONS]
        if number < REFUSED + UNCHANGED:
            return "PATCH", f"/Users/{user}", patch({"op": "add", "path": "active", "value": True})
        return "PATCH", f"/Users/{user}", patch(title)

    def facts(self):
        """Enough to ask about all this later, from a file."""
        return {
            "members": self.random.sample(self.members, 400),
            "busy": [self.members[self.users.index(user)] for user in self.busy[:50]],
            "with_policy": self.with_policy[:200],
            "groups": self.random.sample(self.groups, 400),
            "largest": sorted(self.groups, key=self.sizes.get, reverse=True)[:3],
            "groups_with_policy": self.groups_with_policy[:200],
            "local_groups": [one for one, name in self.names.items() if name[:5] == "Local"],
            "roles": self.roles,
            "people": len(self.users),
            "group_count": len(self.groups),
            "memberships": self.memberships,
            "policies": self.policies,
        }


def patch(operation):
    return {"schemas": [access.PATCH], "Operations": [operation]}


def database(server):
    return os.path.join(server.folder, "data", "provost.db")


def spread(server):
    """Moves the log's rows apart, as if they had come in a month: with the server stopped."""
    now_ms = int(time.time() * 1_000)
    known = sqlite3.connect(database(server))
    with known:
        first, last = known.execute("SELECT min(seq), max(seq) FROM provisioning").fetchone()
        apart = DAYS * DAY_MS / (last - first + 1)
        # A request's id begins with its time.
        known.execute(
            "UPDATE provisioning SET at_ms = ?1 - CAST((?2 - seq) * ?3 AS INTEGER)",
            (now_ms, last, apart),
        )
        known.create_function("request_at", 2, request_at, deterministic=True)
        known.execute("UPDATE provisioning SET request = request_at(request, at_ms)")
        known.execute("DELETE FROM connection_activity")
        known.execute(
            """INSERT INTO connection_activity (connection, hour, reads, writes, refused, failed,
                                                last_request_ms, last_write_ms, last_good_ms)
               SELECT connection, at_ms / 3600000, count(*), sum(outcome <> 'refused'),
                      sum(outcome = 'refused'), 0, max(at_ms), max(at_ms), max(at_ms)
               FROM provisioning GROUP BY 1, 2"""
        )
        # What a brake holds: it lets those go who came just now, as everybody here did.
        known.execute(
            """INSERT INTO held_changes (connection, member, operation, meter, people, first_ms,
                                         last_ms, request, state)
               SELECT m.connection, m.seq, 'deactivate_user', 'members', 1, ?1, ?1, m.id, 'held'
               FROM members m JOIN connections c ON c.seq = m.connection
               WHERE c.kind = 'authentik' AND m.state = 'active' LIMIT ?2""",
            (now_ms, HELD),
        )
    known.close()


def request_at(request, at_ms):
    return at_ms.to_bytes(6, "big") + request[6:]
