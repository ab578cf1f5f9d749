#!/usr/bin/env python3
"""What SCIM's wider requests cost: pages at any depth, filters that read everybody, bulk.

    scripts/bench/scim.py BINARY [PEOPLE...]        (default: 100000)

Starts the server on a free port of 127.0.0.1 with a new data folder, fills it by bulk requests,
asks each question some times over one connection, and prints a Markdown table: median and longest
time as the client sees it, and the server's CPU a request. Ends and removes what it made.
"""
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from urllib.parse import quote

TICKS = os.sysconf("SC_CLK_TCK")
GROUPS = 1_000
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Server:
    SETTINGS = "[limits]\ntoken_rps = 0\n"

    def __init__(self, binary):
        self.folder = tempfile.mkdtemp(prefix="provost-bench-")
        os.chmod(self.folder, 0o700)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        settings = os.path.join(self.folder, "bench.toml")
        with open(settings, "w") as file:
            file.write(self.SETTINGS)
        self.command = [binary, "-c", settings, "-d", os.path.join(self.folder, "data")]
        os.mkdir(os.path.join(self.folder, "data"), 0o700)
        listen = ["serve", "--listen", f"127.0.0.1:{self.port}"]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(self.command + listen, stdout=quiet, stderr=quiet)
        self.wait()
        account = os.urandom(16).hex()
        self.cli("account", "create", "Bench", "--id", account)
        self.token = self.cli("connection", "create", "generic", "--name", "bench").strip()
        self.base = f"/client/v4/accounts/{account}/scim/v2"
        self.connect()

    def cli(self, *arguments):
        done = subprocess.run(self.command + list(arguments), capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        return done.stdout

    def wait(self):
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.02)
        sys.exit("the server does not answer")

    def connect(self):
        self.http = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + self.token}
        if body is not None:
            headers["Content-Type"] = "application/scim+json"
        self.http.request(method, self.base + path, body, headers)
        answer = self.http.getresponse()
        data = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {data[:300]}")
        return data

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_mib(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            line = next(line for line in file if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def end(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder)


def person(number):
    name = f"p{number:07}"
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": f"{name}@bench.example.com",
        "externalId": f"00u{number:010}",
        "displayName": f"Pat Person {number}",
        "name": {"givenName": "Pat", "familyName": f"Person {number}"},
        "emails": [{"value": f"{name}@bench.example.com", "type": "work", "primary": True}],
        "title": ("Engineer", "Manager", "Analyst")[number % 3],
        "active": True,
        ENTERPRISE: {"department": f"Department {number % 40}", "employeeNumber": str(number)},
    }


def bulk_of(resources, path):
    operations = [
        {"method": "POST", "path": path, "bulkId": str(number), "data": data}
        for number, data in enumerate(resources)
    ]
    return json.dumps({"schemas": [BULK], "Operations": operations})


def fill(server, people):
    for start in range(0, people, 1_000):
        body = bulk_of([person(n) for n in range(start, min(start + 1_000, people))], "/Users")
        server.ask("POST", "/Bulk", body)
    group = "urn:ietf:params:scim:schemas:core:2.0:Group"
    groups = [{"schemas": [group], "displayName": f"Team {n}"} for n in range(GROUPS)]
    server.ask("POST", "/Bulk", bulk_of(groups, "/Groups"))


def measure(server, name, requests):
    """`requests` yields what to send; each answer is handed back to it."""
    took, sent = [], None
    cpu = server.cpu_s()
    try:
        request = next(requests)
        while True:
            start = time.perf_counter()
            answer = server.ask(*request)
            took.append(time.perf_counter() - start)
            sent = answer
            request = requests.send(sent)
    except StopIteration:
        pass
    cpu_ms = (server.cpu_s() - cpu) * 1e3 / len(took)
    median, longest = statistics.median(took) * 1e3, max(took) * 1e3
    print(f"| {name} | {len(took)} | {median:,.2f} | {longest:,.2f} | {cpu_ms:,.2f} |", flush=True)


def same(path, times):
    for _ in range(times):
        yield "GET", path


def in_order(people, first, pages):
    for page in range(pages):
        yield "GET", f"/Users?startIndex={first + 100 * page}&count=100"


def by_cursor(pages):
    path = "/Users?cursor&count=100"
    for _ in range(pages):
        answer = yield "GET", path
        path = f"/Users?count=100&cursor={quote(json.loads(answer)['nextCursor'])}"


def jumps(people, times):
    for number in range(times):
        yield "GET", f"/Users?startIndex={people - 150 - 7 * number}&count=100"


def creates(people, times):
    for time_ in range(times):
        start = people + 1_000 * time_
        yield "POST", "/Bulk", bulk_of([person(start + n) for n in range(1_000)], "/Users")


def find(text, times, more="&count=100"):
    yield from same("/Users?filter=" + quote(text) + more, times)


def run(binary, people):
    server = Server(binary)
    try:
        fill(server, people)
        time.sleep(2)
        print(f"\n{people:,} people, {GROUPS:,} groups\n")
        print("| Request | times | median ms | longest ms | CPU ms |\n|---|---:|---:|---:|---:|")
        pages = min(200, people // 200)
        deep = people - 100 * pages - 99
        measure(server, "first page of 100", in_order(people, 1, 1))
        measure(server, "pages of 100 in order, from the first", in_order(people, 1, pages))
        measure(server, "a jump to a deep page", jumps(people, 20))
        measure(server, "pages of 100 in order, at the end", in_order(people, deep, pages))
        measure(server, "pages of 100 by cursor", by_cursor(pages))
        measure(server, "groups without members, 100",
                same("/Groups?excludedAttributes=members&count=100", 200))
        measure(server, "userName eq", find('userName eq "p0000777@bench.example.com"', 200))
        measure(server, "userName sw, 100 of 1,000", find('userName sw "p0000"', 50))
        measure(server, "userName co, 1 found", find('userName co "0000777@"', 20))
        measure(server, "displayName co, 1 found", find('displayName co "person 777"', 20))
        measure(server, "title eq, a third found", find('title eq "manager"', 10))
        measure(server, "department co, nobody", find(f'{ENTERPRISE}:department co "zz"', 10))
        measure(server, "sortBy userName, 100",
                same("/Users?sortBy=userName&count=100", 100))
        measure(server, "sortBy title, 100", same("/Users?sortBy=title&count=100", 5))
        measure(server, "bulk of 1,000 creates", creates(people, 10))
        print(f"\nRSS afterwards: {server.rss_mib():.1f} MiB")
    finally:
        server.end()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for size in [int(text) for text in sys.argv[2:]] or [100_000]:
        run(sys.argv[1], size)
