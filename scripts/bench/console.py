#!/usr/bin/env python3
"""What the console's pages cost: every page that there is, in a large account.

    scripts/bench/console.py BINARY [--folder FOLDER] [--people N] [--groups N] [--rows N]
                             [--times N] [--only TEXT] [--in-memory]

Starts the server on a free port of 127.0.0.1 with a new data folder and fills it over SCIM and
REST (100,000 people, 5,000 groups, 1,000,000 rows in the provisioning log and about as many in
the audit log; see console_town.py). Then an operator signs in with a second factor and opens
every GET route of the console's route table (src/http/routes/console.rs): lists by each filter,
order and search and far from their beginning, files to their first piece. A route that is not in
console_pages.py fails the run, and so does a page that is over a bound.

With --folder a folder is filled once and used again. With --in-memory the database's file is kept
in memory by mlock, for machines that give up cached files while memory is free: what is measured
then is the server, not the disk. Prints a Markdown table: what the client
waits and what CPU the server takes, in ms, and the bytes of the answer with its head, in KiB.
"""
import argparse
import ctypes
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

import access
import console_browser
import console_pages
import console_town

ROUTES = os.path.join(os.path.dirname(__file__), "../../src/http/routes/console.rs")
SERVER_MS_MAX = 25
FIRST_VIEW_KIB_MAX = 65
PAGE_KIB_MAX = 35


class Server(access.Server):
    """Also of a folder that was filled before."""

    def __init__(self, binary, folder):
        self.kept = folder is not None
        facts = os.path.join(folder or "", "facts.json")
        self.facts = None
        if self.kept and os.path.exists(facts):
            with open(facts) as file:
                self.facts = json.load(file)
            self.folder, self.command = folder, [binary, "-c", os.path.join(folder, "bench.toml"),
                                                 "-d", os.path.join(folder, "data")]
            self.account, self.port = self.facts["account"], self.facts["port"]
            self.start()
            return
        super().__init__(binary)
        self.account = self.base.split("/")[4]
        if self.kept:
            self.stop()
            if os.path.isdir(folder):
                os.rmdir(folder)  # An empty one is as good as none; another one is refused.
            shutil.move(self.folder, folder)
            self.folder = folder
            self.command = [text.replace(os.path.dirname(self.command[-1]), folder)
                            for text in self.command]
            self.start()
            self.connect()

    def start(self):
        listen = ["serve", "--listen", f"127.0.0.1:{self.port}"]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(self.command + listen, stdout=quiet, stderr=quiet)
        self.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def end(self):
        self.stop()
        if not self.kept:
            shutil.rmtree(self.folder)

    def fill(self, people, groups, rows):
        secret, step = console_browser.first_run(self)
        town = console_town.Town(self, people, groups, rows)
        self.facts = town.facts()
        self.stop()
        console_town.spread(self)
        self.facts |= {"account": self.account, "port": self.port, "secret": secret, "step": step}
        self.keep()
        self.start()

    def keep(self):
        with open(os.path.join(self.folder, "facts.json"), "w") as file:
            json.dump(self.facts, file)

    def cpu_ns(self):
        """To the nanosecond, unlike cpu_s: all threads that are there still."""
        at = f"/proc/{self.process.pid}/task"
        total = 0
        for thread in os.listdir(at):
            try:
                with open(f"{at}/{thread}/schedstat") as file:
                    total += int(file.read().split()[0])
            except OSError:
                pass
        return total


def keep_in_memory(path):
    """Maps the file and locks its pages until this process ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int,
                          ctypes.c_int, ctypes.c_long]
    libc.mlock.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        read, shared = 1, 1
        mapped = libc.mmap(None, size, read, shared, file.fileno(), 0)
    if mapped in (None, ctypes.c_void_p(-1).value) or libc.mlock(mapped, size) != 0:
        sys.exit(f"{path} can't be kept in memory: {os.strerror(ctypes.get_errno())}")


def settle(server, every_s=1):
    """Waits until the server has nothing to do: it checks its database at the start, and reads on
    for a file whose reader is gone."""
    busy = True
    while busy:
        before = server.cpu_ns()
        time.sleep(every_s)
        busy = server.cpu_ns() - before > every_s * 20e6


def routes():
    with open(ROUTES) as file:
        found = re.findall(r'^ +get "(\S+)"', file.read(), re.MULTILINE)
    if len(found) < 40:
        sys.exit(f"{ROUTES} has {len(found)} routes only")
    return found


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Line:
    def __init__(self, route, name):
        self.route, self.name, self.waits, self.cpus, self.bytes = route, name, [], [], []
        self.statuses = set()

    def print(self):
        label = self.route.replace("/a/{account_id}", "") or "/ of the account"
        # No bar: it would be a column of the table.
        label = re.sub(r"\{(\w+):[^}]*\}", r"{\1}", label)
        label = f"`{label}`" + (f" {self.name}" if self.name else "")
        p50, p95 = statistics.median(self.waits), percentile(self.waits, 0.95)
        cpu50, cpu95 = statistics.median(self.cpus), percentile(self.cpus, 0.95)
        kib = max(self.bytes) / 1024
        over = "**" if p95 > SERVER_MS_MAX else ""
        told = ", ".join(map(str, sorted(self.statuses)))
        status = "" if self.statuses == {200} else f" ({told})"
        print(f"| {label}{status} | {p50:.1f} | {over}{p95:.1f}{over} | {cpu50:.1f} | {cpu95:.1f} "
              f"| {kib:.1f} |", flush=True)

    def faults(self, is_file):
        if percentile(self.waits, 0.95) > SERVER_MS_MAX:
            yield f"{self.route} {self.name}: p95 {percentile(self.waits, 0.95):.1f} ms"
        if not is_file and max(self.bytes) > PAGE_KIB_MAX * 1024:
            yield f"{self.route} {self.name}: {max(self.bytes) / 1024:.1f} KiB"
        if bad := {status for status in self.statuses if status >= 500}:
            yield f"{self.route} {self.name}: {bad}"


def is_file(route):
    return ".{form" in route or route.endswith("/live") or route.startswith("/static")


def measure(server, browser, route, name, paths, times, expected):
    line = Line(route, name)
    # The first one is warm-up.
    for number in range(times + 1):
        path = paths(number)
        if is_file(route):
            settle(server, 0.02)
        cpu = server.cpu_ns()
        answer = browser.send("GET", path, first_only=is_file(route))
        cpu = server.cpu_ns() - cpu
        if answer.status not in expected:
            sys.exit(f"GET {path}: {answer.status}\n{answer.text[-2000:]}")
        if number or times == 0:
            line.waits.append(answer.first_s * 1e3 if is_file(route) else answer.whole_s * 1e3)
            line.cpus.append(cpu / 1e6)
            line.bytes.append(answer.wire)
            line.statuses.add(answer.status)
    return line


def first_view(browser, path):
    """All that a browser loads which has nothing yet, the font aside; in KiB."""
    page = browser.open(path)
    files = sorted(set(re.findall(r"/static/[^\"'#?) ]+", page.text)))
    parts = {"the page": page.wire}
    for file in files:
        if not file.endswith("woff2"):
            parts[re.sub(r"[.-][0-9a-f]{8,}", "", os.path.basename(file))] = \
                browser.send("GET", file).wire
    return {name: size / 1024 for name, size in parts.items()}


def run(arguments):
    server = Server(arguments.binary, arguments.folder)
    faults = []
    try:
        if server.facts is None:
            server.fill(arguments.people, arguments.groups, arguments.rows)
        settle(server)
        if arguments.in_memory:
            keep_in_memory(os.path.join(server.folder, "data", "provost.db"))
        facts = server.facts
        browser, facts["step"] = console_browser.signed_in(
            server.port, facts["secret"], facts["step"])
        if server.kept:
            server.keep()
        pages = console_pages.Pages(facts, browser)
        unmeasured = [route for route in routes() if route not in pages.of]
        if unmeasured:
            sys.exit("say in console_pages.py what to open of " + ", ".join(unmeasured))
        print(f"\n{facts['people']:,} people, {facts['group_count']:,} groups with "
              f"{facts['memberships']:,} memberships, {facts['policies']:,} policies, "
              f"{pages.log_rows:,} rows in the provisioning log\n")
        print("| Page | p50 ms | p95 ms | CPU p50 | CPU p95 | KiB |")
        print("|---|---:|---:|---:|---:|---:|")
        # While the first run is not over, the overview leads to its steps. Examining the whole
        # chain is work that goes on, and what is told afterwards is what is known of it.
        console_browser.to_the_last_step(browser)
        for route in sorted(routes(), key=lambda route: (route != "/setup", "chain" in route)):
            if route != "/setup":
                console_browser.finish(browser)
            for name, paths, expected in pages.of[route]:
                if arguments.only in f"{route} {name}":
                    line = measure(server, browser, route, name, paths, arguments.times, expected)
                    line.print()
                    faults += line.faults(is_file(route))
        print(f"\nRSS afterwards: {server.rss_mib():.1f} MiB\n")
        print("| First view | KiB | of which |\n|---|---:|---|")
        for path in (f"/a/{server.account}", f"/a/{server.account}/members",
                     f"/a/{server.account}/log", "/login"):
            parts = first_view(browser, path)
            whole = sum(parts.values())
            told = ", ".join(f"{name} {size:.1f}" for name, size in parts.items())
            label = path.replace(f"/a/{server.account}", "") or "/ of the account"
            print(f"| `{label}` | {whole:.1f} | {told} |")
            if whole > FIRST_VIEW_KIB_MAX:
                faults.append(f"the first view of {label}: {whole:.1f} KiB")
    finally:
        server.end()
    if faults:
        sys.exit("over the bounds:\n  " + "\n  ".join(faults))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("binary")
    parser.add_argument("--folder")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--groups", type=int, default=5_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--only", default="")
    parser.add_argument("--in-memory", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    run(arguments())
