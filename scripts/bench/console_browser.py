"""A browser for console.py: keeps cookies, fills forms by their names, signs in with a second
factor, and tells what an answer weighed."""
import base64
import gzip
import hmac
import html.parser
import http.client
import re
import struct
import sys
import time
from urllib.parse import urlencode

EMAIL = "ada@bench.example.com"
PASSWORD = "four lamps over the harbour"
STEP_S = 30


class Forms(html.parser.HTMLParser):
    """The forms of a page: their addresses, and what they send unless it is changed."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.forms.append((attrs.get("action", ""), {}))
        elif tag == "input" and self.forms and "name" in attrs:
            if attrs.get("type") not in ("checkbox", "radio") or "checked" in attrs:
                self.forms[-1][1][attrs["name"]] = attrs.get("value", "")


class Answer:
    def __init__(self, status, headers, body, first_s, whole_s):
        self.status, self.headers = status, headers
        self.packed, self.first_s, self.whole_s = body, first_s, whole_s

    @property
    def wire(self):
        """Bytes of the answer, its head included."""
        head = sum(len(name) + len(value) + 4 for name, value in self.headers.items())
        return len(self.packed) + head + len("HTTP/1.1 200 OK\r\n\r\n")

    @property
    def text(self):
        is_packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.packed) if is_packed else self.packed).decode()


class Browser:
    def __init__(self, port):
        self.port, self.cookies = port, {}
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method, path, body=None, first_only=False):
        headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"http://127.0.0.1:{self.port}"
        start = time.perf_counter()
        self.http.request(method, path, body, headers)
        answer = self.http.getresponse()
        # Of what goes on for long the first piece counts.
        data = answer.read1(65536) if first_only else b""
        first = time.perf_counter() - start
        if first_only:
            self.http.close()
        else:
            data = answer.read()
        whole = time.perf_counter() - start
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, text = value.split(";")[0].partition("=")
                self.cookies[key] = text
        known = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, known, data, first, whole)

    def open(self, path):
        """Follows where it is led."""
        self.page = self.send("GET", path)
        while self.page.status == 303:
            path = self.page.headers["location"]
            self.page = self.send("GET", path)
        self.path = path
        return self.page

    def submit(self, action, **fields):
        """Sends the form of the open page that goes to that address."""
        for known, values in Forms(self.page.text).forms:
            if known.split("?")[0] == action:
                answer = self.send("POST", known, urlencode(values | fields))
                if answer.status == 303:
                    return self.open(answer.headers["location"])
                self.page = answer
                if answer.status >= 400:
                    text = re.sub(r"<[^>]+>", " ", answer.text.split("<main", 1)[-1])
                    sys.exit(f"{action}: {answer.status} {' '.join(text.split())[:400]}")
                return answer
        sys.exit(f"{self.path} ({self.page.status}) has no form that goes to {action}")


def code(secret, step):
    """RFC 6238 with SHA-1, six digits."""
    key = base64.b32decode(secret)
    digest = hmac.digest(key, struct.pack(">Q", step), "sha1")
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def first_run(server):
    """Makes the first operator with the setup link, as Super Administrator of the account; the
    authenticator's secret."""
    browser = Browser(server.port)
    link = re.search(r"/setup\?\S+", server.cli("setup-link")).group()
    browser.open(link)
    entered = {"name": "Ada Lovelace", "email": EMAIL, "password": PASSWORD, "again": PASSWORD}
    browser.submit("/setup/you", **entered)
    # It is typed in groups of four letters.
    found = re.search(r"(?:[A-Z2-7]{4} ?){8}", browser.page.text)
    secret = found.group().replace(" ", "")
    step = int(time.time()) // STEP_S
    browser.submit("/setup/factor", code=code(secret, step))
    browser.open("/setup")
    browser.submit("/setup/account", existing=server.account)
    return secret, step


def to_the_last_step(browser):
    """Does the steps of the first run that are left but the last one, which watches the log."""
    browser.open("/setup")
    steps = {"/setup/address": {"untested": "1"}, "/setup/connect": {"skip": "1"}}
    for action, fields in steps.items():
        if any(known == action for known, _ in Forms(browser.page.text).forms):
            browser.submit(action, **fields)
            browser.open("/setup")


def finish(browser):
    if browser.send("GET", "/setup").status == 200:
        browser.open("/setup")
        browser.submit("/setup/finish")


def signed_in(port, secret, last_step):
    """A browser in which the operator is signed in, and the time step of the code: none is
    taken twice."""
    while (step := int(time.time()) // STEP_S) <= last_step:
        time.sleep(0.5)
    browser = Browser(port)
    browser.open("/login")
    browser.submit("/login", email=EMAIL, password=PASSWORD)
    if "code" in {name for _, fields in Forms(browser.page.text).forms for name in fields}:
        browser.submit("/login", code=code(secret, step))
    if not any("pvx" in name for name in browser.cookies):
        sys.exit(f"not signed in: {browser.path} {browser.page.status}")
    return browser, step
