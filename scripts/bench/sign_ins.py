#!/usr/bin/env python3
"""What a crowd at the sign-in page costs everybody else.

    scripts/bench/sign_ins.py BINARY [AT_ONCE]        (default: 100)

Starts the server on a free port of 127.0.0.1 with a new data folder, lets it measure what a hash may
cost, and looks people up over SCIM, one request after the other, for some seconds: alone, and then
while AT_ONCE sign-ins arrive at once, again and again, each from a network of its own (the server is
told to believe X-Forwarded-For). Prints what became of the sign-ins, how long SCIM took, and the
server's memory, sampled every 10 ms. Ends and removes what it made.
"""
import http.client
import re
import statistics
import sys
import threading
import time
from collections import Counter
from urllib.parse import quote, urlencode

import scim

PEOPLE = 10_000
SECONDS = 20
WAVES = 4


class Server(scim.Server):
    SETTINGS = scim.Server.SETTINGS + '[http]\ntrusted_proxies = ["127.0.0.0/8"]\n'

    def rss_kib(self, name="VmRSS"):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(rf"{name}:\s+(\d+)", status.read()).group(1))

    def settle(self):
        """Waits until the hash's cost is measured: nothing else takes CPU by now."""
        quiet = 0
        while quiet < 5:
            before = self.cpu_s()
            time.sleep(0.3)
            quiet = quiet + 1 if self.cpu_s() - before < 0.02 else 0


class SignIn:
    """One browser, with its form filled in."""

    def __init__(self, server, number):
        self.port = server.port
        self.headers = {"X-Forwarded-For": f"10.{number // 250}.{number % 250}.7"}
        answer, page = self.ask("GET", "/login")
        cookie = answer.getheader("Set-Cookie").split(";")[0]
        self.headers["Cookie"] = cookie
        self.headers["Content-Type"] = "application/x-www-form-urlencoded"
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', page).group(1)
        fields = {"csrf": token, "email": f"n{number}@example.com", "password": "four lamps and a"}
        self.body = urlencode(fields)

    def ask(self, method, path, body=None):
        one = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        one.request(method, path, body, self.headers)
        answer = one.getresponse()
        page = answer.read().decode()
        one.close()
        return answer, page

    def send(self, results):
        start = time.perf_counter()
        answer, _ = self.ask("POST", "/login", self.body)
        results.append((answer.status, answer.getheader("Retry-After"), time.perf_counter() - start))


def look_up(server, seconds):
    """Times of look-ups by userName, in ms, one after the other."""
    took, end = [], time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < end:
        number = (number + 7919) % PEOPLE
        name = quote(f'userName eq "{scim.person(number)["userName"]}"')
        start = time.perf_counter()
        server.ask("GET", f"/Users?filter={name}")
        took.append((time.perf_counter() - start) * 1000)
    return took


def crowd(server, size, results):
    for wave in range(WAVES):
        browsers = [SignIn(server, wave * size + number) for number in range(size)]
        threads = [threading.Thread(target=one.send, args=(results,)) for one in browsers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # What all unknown networks together may try comes back at ten a second.
        time.sleep(1)


def sample(server, peaks, stop):
    while not stop.is_set():
        peaks.append(server.rss_kib())
        time.sleep(0.01)


def figures(took):
    took = sorted(took)
    return statistics.median(took), took[int(len(took) * 0.99)], took[-1]


def main():
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    server = Server(sys.argv[1])
    try:
        for start in range(0, PEOPLE, 1_000):
            some = [scim.person(number) for number in range(start, start + 1_000)]
            server.ask("POST", "/Bulk", scim.bulk_of(some, "/Users"))
        server.settle()
        one = []
        SignIn(server, 60_000).send(one)
        print(f"one sign-in alone: {one[0][2] * 1000:.0f} ms, status {one[0][0]}")
        look_up(server, 2)
        rows = [("alone", look_up(server, SECONDS))]
        before = server.rss_kib()
        results, peaks, stop = [], [], threading.Event()
        threads = [
            threading.Thread(target=crowd, args=(server, size, results)),
            threading.Thread(target=sample, args=(server, peaks, stop)),
        ]
        for thread in threads:
            thread.start()
        took = []
        while threads[0].is_alive():
            took += look_up(server, 0.2)
        stop.set()
        threads[1].join()
        rows.append((f"while {size} sign in at once, {WAVES} times", took))
        print("\n| SCIM look-ups | requests | median ms | p99 ms | longest ms |")
        print("|---|---:|---:|---:|---:|")
        for name, times in rows:
            median, p99, longest = figures(times)
            print(f"| {name} | {len(times):,} | {median:.2f} | {p99:.2f} | {longest:.2f} |")
        statuses = Counter(status for status, _, _ in results)
        hashed = sorted(took for status, _, took in results if status == 401)
        refused = [took for status, _, took in results if status == 429]
        told = all(retry for status, retry, _ in results if status == 429)
        time.sleep(2)
        print(f"\nsign-ins: {dict(statuses)}; hashed ones {hashed[0]:.2f} to {hashed[-1]:.2f} s,")
        print(f"refused ones at most {max(refused):.2f} s, each with Retry-After: {told}")
        print(f"RSS before {before / 1024:.0f} MiB, at most {max(peaks) / 1024:.0f} MiB,")
        print(f"two seconds after {server.rss_kib() / 1024:.0f} MiB")
    finally:
        server.end()


main()
