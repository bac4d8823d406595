"""The built website in a real browser: a server, Chromium, and pages that keep a record."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
PAGES = [f"{document}.html" for document in parse_toc_yaml(ROOT / "_toc.yml")]
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def site():
    if not (SITE / "search.html").exists():
        pytest.fail("there is no website to test: run `make book` first", pytrace=False)
    return SITE


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def addresses(site):
    """Where the site can be reached: from a server, and as plain files."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {"http": f"http://127.0.0.1:{server.server_port}/", "file": f"{site.as_uri()}/"}
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """One page in a browser context of its own, with everything it asked for and complained of."""

    def __init__(self, browser, address, **context):
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | context)
        self.page = self.context.new_page()
        self.address = address
        self.requests, self.outside, self.complaints = [], [], []
        self.page.route("**/*", self.gate)
        self.page.on("console", self.listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def gate(self, route):
        url = route.request.url
        if url.startswith((self.address, "data:", "blob:")):
            self.requests.append(url)
            route.continue_()
        else:
            self.outside.append(url)
            route.abort()

    def listen(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, name):
        self.page.goto(self.address + name)
        return self.page

    def draw_figures(self):
        """Scroll to each figure and wait until it is drawn."""
        for figure in self.page.locator("figure.plot").all():
            figure.evaluate("figure => figure.scrollIntoView({ behavior: 'instant' })")
            figure.locator("xpath=self::*[@data-drawn]").wait_for(timeout=20_000)


@pytest.fixture
def visit(browser, addresses):
    """Open visits; every one ends with the test, and must not have gone outside."""
    visits = []

    def start(scheme="http", **context):
        visits.append(Visit(browser, addresses[scheme], **context))
        return visits[-1]

    yield start
    for each in visits:
        each.context.close()
        assert each.outside == []
        assert each.complaints == []


@pytest.fixture
def page_with_slider(site):
    for name in PAGES:
        if 'type="range"' in (site / name).read_text():
            return name
    pytest.skip("no page of the book has a slider")
