#!/usr/bin/env python3
"""What a migration of legacy groups costs: plan, convert, verify, undo, close.

    scripts/bench/legacy.py BINARY [MEMBERSHIPS...]        (default: 100000)

Starts the server on a free port of 127.0.0.1 with a new data folder, switches the legacy mapping
on, and fills it over SCIM: a person for every four memberships, 100 groups of which those of the
catalogue's roles are legacy groups and the others nearly are, and four groups for each person.
Those that are nearly legacy groups change people's access when they are converted, and each of
these people is confirmed. Then it does everything some times over one connection, and prints a
Markdown table of what the client waits and what CPU the server takes. A conversion makes a backup
first, which is in its time.
"""
import json
import random
import sys
import time

import access
import scim

GROUPS = 100
GROUPS_OF_ONE = 4
TIMES = 5


class Town:
    """People in legacy groups."""

    def __init__(self, server, memberships):
        self.server, self.random = server, random.Random(5)
        self.account = server.bases[False].rsplit("/", 1)[1]
        self.users, self.groups = [], []
        people = memberships // GROUPS_OF_ONE
        for start in range(0, people, 1_000):
            some = [scim.person(n) for n in range(start, min(start + 1_000, people))]
            self.users += self.bulk(some, "/Users")
        self.near_groups()
        switch = {"enabled": True, "allow_super_administrator": True}
        server.result("PUT", "/legacy_groups/mapping", switch)
        self.memberships = self.fill()

    def bulk(self, resources, path):
        answer = json.loads(self.server.ask("POST", "/Bulk", scim.bulk_of(resources, path)))
        failed = [one for one in answer["Operations"] if one["status"] != "201"]
        if failed:
            sys.exit(f"bulk: {failed[0]}")
        return [one["location"].rsplit("/", 1)[1] for one in answer["Operations"]]

    def near_groups(self):
        """Names with a space missing, of the first roles, as many as there are too few roles."""
        roles = [item["name"] for item in self.server.pages("/iam/permission_groups", 500)]
        exact = self.exact()
        legal = [name for name in roles if name in exact][: GROUPS - len(exact)]
        self.server.cli("account", "set", self.account, "--reserved-prefix", "")
        self.near = [f"CF-{self.account}-{name}" for name in legal]
        named = [{"schemas": [access.GROUP], "displayName": name} for name in self.near]
        self.groups += self.bulk(named, "/Groups")
        self.server.cli("account", "set", self.account, "--reserved-prefix", "CF")
        self.decisions = [
            {"group": name, "choice": "convert", "role": role}
            for name, role in zip(self.near, legal)
        ]

    def exact(self):
        """Names of the roles that have a legacy group: told by switching on, and off again."""
        switch = {"enabled": True, "allow_super_administrator": True}
        self.server.result("PUT", "/legacy_groups/mapping", switch)
        names = [item["displayName"] for item in self.listed()]
        self.server.result("PUT", "/legacy_groups/mapping", {"enabled": False})
        return {name.split(" - ", 1)[1] for name in names}

    def listed(self):
        path = "/Groups?count=200&excludedAttributes=members"
        return json.loads(self.server.ask("GET", path))["Resources"]

    def fill(self):
        known = {item["id"] for item in self.listed()}
        self.groups += sorted(known - set(self.groups))
        members = {group: [] for group in self.groups}
        for user in self.users:
            for group in self.random.sample(self.groups, GROUPS_OF_ONE):
                members[group].append({"value": user})
        for group, values in members.items():
            operation = {"op": "add", "path": "members", "value": values}
            body = {"schemas": [access.PATCH], "Operations": [operation]}
            self.server.ask("PATCH", f"/Groups/{group}", json.dumps(body))
        return sum(len(values) for values in members.values())


class Steps:
    """Times and CPU of each step."""

    def __init__(self, server):
        self.server, self.rows = server, {}

    def __call__(self, name, method, path, body=None):
        text = body if body is None else json.dumps(body)
        cpu, start = self.server.cpu_s(), time.perf_counter()
        data = self.server.ask(method, path, text)
        took = time.perf_counter() - start
        row = self.rows.setdefault(name, [])
        row.append((took * 1e3, (self.server.cpu_s() - cpu) * 1e3, len(data)))
        return json.loads(data)["result"]

    def print(self):
        print("| Step | times | median ms | longest ms | CPU ms | answer KiB |")
        print("|---|---:|---:|---:|---:|---:|")
        for name, rows in self.rows.items():
            took = sorted(row[0] for row in rows)
            cpu = sum(row[1] for row in rows) / len(rows)
            size = rows[0][2] / 1024
            print(f"| {name} | {len(rows)} | {took[len(took) // 2]:,.0f} | {took[-1]:,.0f} "
                  f"| {cpu:,.0f} | {size:,.0f} |")


def migrate(step, town, last):
    """There and back; closed at the end of the last time."""
    root = "/legacy_groups"
    options = {"decisions": town.decisions}
    plan = step("plan", "POST", f"{root}/plan", options)
    changing = [one["id"] for one in plan["people"] if one["before"] != one["after"]]
    request = {
        "id": plan["id"],
        "fingerprint": plan["fingerprint"],
        "options": options,
        "confirmed": changing,
    }
    step("convert", "POST", f"{root}/convert", request)
    run = f"{root}/runs/{plan['id']}"
    step("verify", "GET", f"{run}/verification")
    step("what an undo would do", "GET", f"{run}/undo")
    if last:
        step("close", "POST", f"{run}/close", {"anyway": True})
    else:
        step("undo", "POST", f"{run}/undo", {})
    return plan["summary"], len(changing)


def run(binary, memberships):
    server = access.Server(binary)
    try:
        begun = time.monotonic()
        town = Town(server, memberships)
        print(f"filled in {time.monotonic() - begun:.0f} s", file=sys.stderr)
        time.sleep(2)
        server.connect()
        step = Steps(server)
        step("inventory", "GET", "/legacy_groups")
        for number in range(TIMES):
            summary, changing = migrate(step, town, number == TIMES - 1)
        print(f"\n{summary['groups']:,} groups, {summary['memberships']:,} memberships of "
              f"{summary['people']:,} people, of whom {changing:,} gain a role\n")
        step.print()
        print(f"\nRSS afterwards: {server.rss_mib():.1f} MiB")
    finally:
        server.end()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for size in [int(text) for text in sys.argv[2:]] or [100_000]:
        run(sys.argv[1], size)
