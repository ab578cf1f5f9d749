"""What console.py opens of each route of the console."""
import random
import re
from urllib.parse import quote

import console_town

OK = {200}
# Of a page that would change something it can say why it does not.
MAY = {200, 303, 422}
NOBODY = "zqxzqx"


class Pages:
    """`of` has, for each route, what is opened: a name, the path of each turn, and the statuses
    that are right."""

    def __init__(self, facts, browser):
        self.facts, self.browser, self.random = facts, browser, random.Random(7)
        self.base = f"/a/{facts['account']}"
        self.read_ids()
        self.of = {
            **self.box(), **self.members(), **self.member(), **self.groups(), **self.group(),
            **self.roles(), **self.log(), **self.connections(), **self.own(), **self.audit(),
            **self.tokens(), **self.settings(), **self.migration(), **self.operators(),
        }

    # What is asked for.

    def text(self, path):
        return self.browser.open(path).text

    def read_ids(self):
        ids = lambda text, kind: list(dict.fromkeys(
            re.findall(rf"{self.base}/{kind}/([0-9a-f]{{32}})", text)))
        self.connection_ids = ids(self.text(f"{self.base}/connections"), "connections")
        self.policies = []
        for member in self.facts["with_policy"][:20]:
            text = self.text(f"{self.base}/members/{member}")
            for policy in re.findall(r"/policies/([0-9a-f]{32})", text)[:1]:
                self.policies.append(f"{self.base}/members/{member}/policies/{policy}")
        self.group_policies = []
        for group in self.facts["groups_with_policy"][:30]:
            text = self.text(f"{self.base}/groups/{group}")
            for policy in re.findall(r"/policies/([0-9a-f]{32})", text)[:1]:
                self.group_policies.append(f"{self.base}/groups/{group}/policies/{policy}")
        log = self.text(f"{self.base}/log?since=all")
        newest = re.findall(r"open=(\d+)", log)
        self.log_rows = max(map(int, newest))
        refused = self.text(f"{self.base}/log?since=all&outcome=refused")
        self.refused_rows = re.findall(r"open=(\d+)", refused)
        self.local_members = ids(self.text(f"{self.base}/members?source=local"), "members")
        self.own_roles = ids(self.text(f"{self.base}/roles?kind=own"), "roles")
        self.token_ids = ids(self.text(f"{self.base}/tokens"), "tokens")
        self.runs = ids(self.text(f"{self.base}/migrate"), "migrate")
        self.operator_ids = re.findall(r"/operators/([0-9a-f]{32})", self.text("/operators"))
        held = [(self.text(f"{self.base}/connections/{one}/held").count("<tr"), one)
                for one in self.connection_ids]
        self.holding = max(held)[1]

    # How paths are put together.

    def one(self, path, name="", expected=OK):
        whole = path if path.startswith("/") and not path.startswith("//") else path
        return (name, lambda _: whole, expected)

    def at(self, below, name="", expected=OK):
        return self.one(self.base + below, name, expected)

    def each(self, paths, name="", expected=OK):
        paths = list(paths)
        return (name, lambda number: paths[number % len(paths)], expected)

    def walk(self, below, name):
        """On from page to page."""
        begin = self.base + below
        state = {"next": begin}

        def paths(_):
            path = state["next"]
            found = re.findall(r'href="([^"]*[?&;]after=[^"]*)"', self.text(path))
            state["next"] = found[-1].replace("&amp;", "&") if found else begin
            return state["next"]

        return (name, paths, OK)

    def queries(self, below, queries):
        join = "&" if "?" in below else "?"
        return [self.at(f"{below}{join}{query}" if query else below, query) for query in queries]

    def parts(self, below, names, more=""):
        """Another name each time: who has the part that was looked for last is remembered."""
        paths = (f"{self.base}{below}{quote(name)}{more}" for name in names)
        return self.each(paths, f"another name each time {more}".strip())

    def files(self, below, queries):
        """The last one, lines of JSON, has nothing to send before something is found."""
        found = []
        for form in ("csv", "json", "ndjson"):
            for query in queries:
                found.append(self.at(f"{below}.{form}?{query}", f"{form} {query}".strip()))
        return found

    def some_members(self, below, kind="members"):
        return [f"{self.base}/members/{one}{below}" for one in self.facts[kind]]

    def some_groups(self, below, kind="groups"):
        return [f"{self.base}/groups/{one}{below}" for one in self.facts[kind]]

    # The routes.

    def box(self):
        a = "/a/{account_id}"
        hit = quote("maria.garcia.0@bench.example.com")
        found = ["q=" + hit, "q=maria", "q=a", "q=garcia.1", "q=Team+1", "q=" + NOBODY,
                 f"q={self.facts['members'][0]}", f"q={self.facts['groups'][0]}"]
        return {
            "/": [self.one("/", expected={303})],
            "/accounts": [self.one("/accounts")],
            "/search": [self.one("/search?" + one, one, {200, 303}) for one in found[:6]],
            a: [self.at("")],
            f"{a}/search": [*self.queries("/search", found),
                            self.parts("/search?q=", console_town.LAST)],
            f"{a}/explain": self.explain(),
            "/static/{file}": [self.one(self.static())],
        }

    def static(self):
        return re.search(r"/static/console[^\"]*\.css", self.text("/login")).group()

    def explain(self):
        roles = self.facts["roles"]
        ask = lambda kind, role, who: [
            f"{self.base}/explain?ask={kind}&member={one}&role={roles[role]}"
            for one in self.facts[who]]
        who = [self.at(f"/explain?ask=who&role={roles[role]}", f"who {role}")
               for role in ("Analytics", "DNS", "Billing", "Minimal Account Access",
                            "Super Administrator - All Privileges")]
        return [
            self.at("/explain"),
            self.each(ask("why", "Analytics", "members"), "why, by a group"),
            self.each(ask("why", "Analytics", "busy"), "why, in 50 groups"),
            self.each(ask("why_not", "Billing", "members"), "why not"),
            *who,
        ]

    def members(self):
        a = "/a/{account_id}/members"
        okta, entra = self.connection_ids[:2]
        lists = ["", "state=active", "state=pending", "state=inactive", "source=local",
                 *(f"source={one}" for one in self.connection_ids),
                 f"state=inactive&source={okta}", f"state=inactive&source={entra}",
                 f"state=pending&source={okta}", "state=inactive&source=local"]
        sorts = ["sort=-name", "sort=changed", "sort=-changed", "sort=added", "sort=-added"]
        mixed = [f"{sort}&{one}" for sort in ("sort=-changed", "sort=-added")
                 for one in ("state=inactive", "source=local", f"source={entra}")]
        words = ["q=maria.garcia.0@bench", "q=maria", "q=a", "q=garcia.1", "q=99", "q=" + NOBODY,
                 "q=maria&state=inactive", f"q=garcia&source={okta}", "q=maria&sort=-changed",
                 f"q={NOBODY}&sort=-changed", "q=bench.example.com", "q=Maria+Garcia"]
        return {
            a: [*self.queries("/members", lists + sorts + mixed + words),
                self.parts("/members?q=", console_town.FIRST),
                self.parts("/members?q=", console_town.LAST, "&sort=-name"),
                self.parts("/members?q=", console_town.FIRST, "&sort=-changed"),
                self.parts("/members?q=", console_town.LAST, "&state=active"),
                self.parts("/members?q=", console_town.FIRST, f"&source={self.connection_ids[2]}"),
                self.walk("/members", "page after page"),
                self.walk("/members?sort=-changed", "page after page, newest first"),
                self.walk("/members?q=maria", "page after page of what was found"),
                self.walk(f"/members?source={entra}", "page after page of a provider's"),
                self.walk("/members?state=inactive", "page after page of the inactive")],
            a + ".{form:csv|json|ndjson}": [
                *self.files("/members", ["", "q=maria", "q=" + NOBODY]),
                self.parts("/members.csv?q=", console_town.LAST)],
            a + "/new": [self.at("/members/new")],
            a + "/bulk": [self.at("/members/bulk", expected=MAY)],
        }

    def member(self):
        a = "/a/{account_id}/members/{member_id}"
        both = lambda below: [
            self.each(self.some_members(below)),
            self.each(self.some_members(below, "busy"), "in 50 groups"),
            self.each(self.some_members(below, "with_policy"), "with a policy"),
        ]
        older = [f"{path}?before={self.random.randrange(200_000, 900_000)}"
                 for path in self.some_members("/history")]
        return {
            a: both(""), a + "/groups": both("/groups"), a + "/sync": both("/sync"),
            a + "/history": both("/history") + [self.each(older, "older")],
            **{a + "/" + what: [
                self.each((f"{self.base}/members/{one}/{what}" for one in self.local_members),
                          "", MAY),
                self.each(self.some_members("/" + what), "whom a provider manages", MAY)]
               for what in ("deactivate", "activate", "remove")},
            a + "/policies/new": both("/policies/new"),
            a + "/policies/{policy_id}": [self.each(self.policies)],
            a + "/policies/{policy_id}/remove": [
                self.each((one + "/remove" for one in self.policies), "", MAY)],
        }

    def groups(self):
        a = "/a/{account_id}/groups"
        okta, entra = self.connection_ids[:2]
        lists = ["", "source=local", *(f"source={one}" for one in self.connection_ids),
                 "grants=nothing", f"grants=nothing&source={entra}"]
        sorts = [f"sort={way}{name}" for name in ("name", "members", "changed")
                 for way in ("", "-")][1:]
        words = ["q=Team+1", "q=maria", "q=e", "q=Team+4321", "q=" + NOBODY,
                 "q=maria&grants=nothing", "q=maria&sort=-members", f"q={NOBODY}&sort=-members"]
        local = self.facts["local_groups"]
        return {
            a: [*self.queries("/groups", lists + sorts + words),
                self.at(f"/groups?role={self.facts['roles']['Billing']}", "for a role"),
                self.walk("/groups", "page after page"),
                self.walk("/groups?sort=-members", "page after page, largest first"),
                self.walk("/groups?q=maria", "page after page of what was found")],
            a + ".{form:csv|json|ndjson}": self.files("/groups", ["", "q=" + NOBODY]),
            a + "/new": [self.at("/groups/new")],
            a + "/delete": [self.at(f"/groups/delete?id={local[0]}&id={local[1]}",
                                    expected=MAY)],
        }

    def group(self):
        a = "/a/{account_id}/groups/{group_id}"
        both = lambda below: [
            self.each(self.some_groups(below)),
            self.each(self.some_groups(below, "largest"), "the largest"),
            self.each(self.some_groups(below, "groups_with_policy"), "with policies"),
        ]
        large = self.some_groups("/members", "largest")[:1]
        local = self.some_groups("", "local_groups")
        older = [f"{path}?before={self.random.randrange(200_000, 900_000)}"
                 for path in self.some_groups("/history")]
        words = ["q=maria", "q=garcia.1", "q=e", "q=" + NOBODY]
        form = [self.each(self.some_groups(f"/members.{form}", "largest"), form)
                for form in ("csv", "json", "ndjson")]
        add = [self.each((f"{one}/members/add?{word}" for one in local), word)
               for word in ("", "q=maria", "q=a", "q=" + NOBODY)]
        return {
            a: both(""), a + "/sync": both("/sync"),
            a + "/history": both("/history") + [self.each(older, "older")],
            a + "/rename": [self.each((f"{one}/rename" for one in local), expected=MAY)],
            a + "/policies/{policy_id}": [self.each(self.group_policies)],
            a + "/policies/{policy_id}/remove": [
                self.each((one + "/remove" for one in self.group_policies), "", MAY)],
            a + "/members": [
                *both("/members"),
                *(self.each((f"{one}?{word}" for one in large), f"the largest, {word}")
                  for word in words),
                self.walk(large[0].removeprefix(self.base), "the largest, page after page"),
            ],
            a + "/members.{form:csv|json|ndjson}": form,
            a + "/members/add": add,
            a + "/members/remove": [
                self.each((f"{one}/members/remove" for one in local), expected=MAY)],
        }

    def roles(self):
        a = "/a/{account_id}/roles"
        roles = self.facts["roles"]
        told = ("Analytics", "DNS", "Billing", "Minimal Account Access",
                "Super Administrator - All Privileges")
        own = [f"{self.base}/roles/{one}" for one in self.own_roles]
        return {
            a: self.queries("/roles", ["", "kind=own", "kind=built-in", "scope=domains", "q=dns",
                                       "q=" + NOBODY, "sort=name", "sort=-name"]),
            a + ".{form:csv|json|ndjson}": self.files("/roles", [""]),
            a + "/new": [self.at("/roles/new")],
            a + "/{role_id}": [
                *(self.at(f"/roles/{roles[name]}", name) for name in told),
                self.each(f"{self.base}/roles/{one}" for one in roles.values()),
                self.walk(f"/roles/{roles['DNS']}", "page after page of holders"),
                self.each(own, "an own one")],
            a + "/{role_id}/edit": [self.each(one + "/edit" for one in own)],
            a + "/{role_id}/delete": [self.each(one + "/delete" for one in own)],
        }

    def log(self):
        a = "/a/{account_id}/log"
        okta, entra = self.connection_ids[:2]
        lists = ["", "since=7d", "since=all"]
        for since in ("", "since=7d&", "since=all&"):
            lists += [since + "outcome=refused", since + "outcome=held",
                      since + f"connection={entra}", since + "resource=group",
                      since + f"q={NOBODY}", since + "q=maria.garcia.0@", since + "q=a"]
        lists += ["since=all&outcome=accepted", f"since=all&outcome=refused&connection={okta}",
                  "since=all&reason=unknown_user", "since=all&reason=brake", "live=0",
                  f"since=all&q={NOBODY}&outcome=refused&resource=group&connection={entra}"]
        rows = [f"{self.base}/log/{self.random.randrange(1, self.log_rows)}" for _ in range(100)]
        opened = [f"{self.base}/log?since=all&after={row}&open={int(row) - 1}"
                  for row in (self.random.randrange(1_000, self.log_rows) for _ in range(50))]
        return {
            a: [*self.queries("/log", lists),
                self.walk("/log?since=all&outcome=refused", "page after page of refusals"),
                self.walk(f"/log?since=all&q={NOBODY}", "page after page, nothing found"),
                self.each(opened, "anywhere, a row open")],
            a + ".{form:csv|json|ndjson}": self.files(
                "/log", ["since=all", f"since=all&q={NOBODY}"])[:5],
            a + "/live": [self.at(f"/log/live?after={self.log_rows - 40}")],
            a + "/{row_id}": [
                self.each(rows),
                self.each((f"{self.base}/log/{row}" for row in self.refused_rows), "refused")],
        }

    def connections(self):
        a = "/a/{account_id}/connections"
        each = lambda below, name="", expected=OK: self.each(
            (f"{self.base}/connections/{one}{below}" for one in self.connection_ids),
            name, expected)
        return {
            a: [self.at("/connections")],
            a + "/new": [self.at("/connections/new")],
            a + "/new/{kind:okta|entra|authentik|generic}": [
                self.at(f"/connections/new/{kind}", kind)
                for kind in ("okta", "entra", "authentik", "generic")],
            a + "/{connection_id}": [each("")],
            a + "/{connection_id}/setup": [each("/setup")],
            a + "/{connection_id}/pause": [each("/pause", expected=MAY)],
            a + "/{connection_id}/token": [each("/token", expected=MAY)],
            a + "/{connection_id}/held": [
                each("/held"), self.at(f"/connections/{self.holding}/held", "the one that holds")],
        }

    def own(self):
        found = {path: [self.one(path)] for path in (
            "/login", "/confirm", "/recover", "/setup", "/me", "/me/profile", "/me/factors",
            "/me/sessions", "/me/appearance")}
        for path in ("/setup/factor", "/me/factors/confirm", "/login", "/me", "/setup"):
            found[path] = [self.one(path, expected={200, 303, 404})]
        return found

    def audit(self):
        a = "/a/{account_id}/audit"
        changed = ["source=scim", "source=console", "action=create", "action=delete", "action=view",
                   "actor=okta", "actor=" + NOBODY, "object=maria", "object=" + NOBODY,
                   "since=2020-01-01", "until=2020-01-01", f"q={NOBODY}",
                   f"actor={NOBODY}&action=delete&source=scim"]
        last = int(re.search(r"open=(\d+)", self.text(f"{self.base}/audit")).group(1))
        rows = [self.random.randrange(1, last) for _ in range(60)]
        return {
            a: [*self.queries("/audit", ["", *changed]),
                self.walk("/audit?object=maria", "page after page of what was found"),
                self.each((f"{self.base}/audit?after={row}&open={row - 1}" for row in rows),
                          "anywhere, a row open")],
            a + ".{form:csv|json|ndjson}": self.files("/audit", ["", f"object={NOBODY}"])[:4],
            a + "/chain": [self.at("/audit/chain", expected=MAY)],
            a + "/{row}": [self.each(f"{self.base}/audit/{row}" for row in rows)],
        }

    def tokens(self):
        a = "/a/{account_id}/tokens"
        each = lambda below: [self.each(
            (f"{self.base}/tokens/{one}{below}" for one in self.token_ids), "", MAY | {404, 410})]
        return {
            a: self.queries("/tokens", ["", "q=Token+1", "q=" + NOBODY, "owner=connection",
                                        "status=active", "sort=-name", "sort=used",
                                        "sort=expires"]),
            a + ".{form:csv|json|ndjson}": self.files("/tokens", [""]),
            a + "/new": [self.at("/tokens/new")],
            **{a + "/{token_id}" + below: each(below)
               for below in ("", "/secret", "/roll", "/switch", "/revoke")},
        }

    def settings(self):
        a = "/a/{account_id}/settings"
        return {a + below: [self.at("/settings" + below, expected=MAY)]
                for below in ("", "/safety", "/server", "/backups", "/about")}

    def migration(self):
        a = "/a/{account_id}/migrate"
        each = lambda below: [self.each(
            (f"{self.base}/migrate/{one}{below}" for one in self.runs), "", MAY)]
        return {
            a: [self.at("/migrate")],
            a + "/mapping": [self.at("/migrate/mapping", expected=MAY)],
            **{a + below: [self.at("/migrate" + below, expected=MAY)]
               for below in ("/people", "/convert")},
            a + "/{run_id}": each(""),
            a + "/{run_id}/plan.{form:csv|json|tf|sh}": [
                each(f"/plan.{form}")[0] for form in ("csv", "json", "tf", "sh")],
            a + "/{run_id}/people": each("/people"),
            a + "/{run_id}/undo": each("/undo"),
            a + "/{run_id}/close": each("/close"),
        }

    def operators(self):
        a, acts = "/operators", ("deactivate", "reactivate", "reset", "unlock", "sign-out", "link")
        each = lambda below: self.each(
            (f"{a}/{one}{below}" for one in self.operator_ids), below.strip("/"), MAY | {404})
        return {
            a: [self.one(a)],
            a + "/new": [self.one(a + "/new")],
            a + "/sign-out": [self.one(a + "/sign-out", expected=MAY)],
            a + "/{operator_id}": [each("")],
            a + "/{operator_id}/place": [each("/place")],
            a + "/{operator_id}/{act:" + "|".join(acts) + "}": [each("/" + act) for act in acts],
        }
