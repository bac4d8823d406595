"""The built website in a real browser: a server, Chromium, and pages that keep a record."""

import gzip
import threading
from functools import cache, partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from in_page import FOLLOWED
from playwright.sync_api import sync_playwright
from sphinx_external_toc.parsing import parse_toc_yaml

from lossbook_site.pdf import CHROMIUM

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
PAGES = [f"{document}.html" for document in parse_toc_yaml(ROOT / "_toc.yml")]
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # there is no other site
]  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def site():
    if not (SITE / "search.html").exists():
        pytest.fail("there is no website to test: run `make book` first", pytrace=False)
    return SITE


RECORD = ROOT / "_build" / "screenshots"
CONTACT_SHEET = """<!doctype html><meta charset="utf-8"><title>Every page, as it is drawn</title>
<style>
  body { font: 14px sans-serif; margin: 1rem; background: #888 }
  div { display: flex; gap: 1rem; align-items: start; overflow-x: auto }
  img { height: 1600px; max-width: 30vw; object-fit: cover; object-position: top }
</style>
"""


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
    if not CHROMIUM:
        pytest.skip("Chromium is missing: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """One page in a browser context of its own, with everything it asked for and complained of."""

    def __init__(self, browser, address, **context):
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | context)
        self.context.set_default_timeout(120_000)  # a busy machine is no failure
        self.page = self.context.new_page()
        self.address, self.name = address, None
        self.requests, self.outside, self.complaints = [], [], []
        self.page.on("request", self.note)
        self.page.on("console", self.listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def note(self, request):
        inside = request.url.startswith((self.address, "data:", "blob:"))
        (self.requests if inside else self.outside).append(request.url)

    def listen(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, name):
        self.name = name
        self.page.goto(self.address + name)
        return self.page

    def lay_out(self):
        """Have the whole page laid out, as after a jump."""
        self.page.evaluate("document.documentElement.classList.add('laid-out')")

    def draw_figures(self):
        """Have every figure drawn, as before a print."""
        self.lay_out()
        self.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        self.page.wait_for_function("!document.querySelector('figure.plot:not([data-drawn])')")

    def follow(self):
        """Wait until the figures have followed a change of colours or of width: on a busy machine, one after the other."""
        self.page.wait_for_timeout(200)
        self.page.wait_for_function(FOLLOWED)

    def look_at(self, figure):
        """Keep a figure in view until it is drawn: what comes late above it may push it out."""
        in_view = "figure => (figure.scrollIntoView({ block: 'center' }), 'drawn' in figure.dataset)"
        self.page.wait_for_function(in_view, arg=figure.element_handle(), polling=100)

    def end(self):
        """Close the page, which must not have gone outside, nor complained."""
        self.context.close()
        assert (self.name, self.outside, self.complaints) == (self.name, [], [])


@pytest.fixture
def visit(browser, addresses):
    """Open visits, which end with the test."""
    visits = []

    def start(scheme="http", **context):
        visits.append(Visit(browser, addresses[scheme], **context))
        return visits[-1]

    yield start
    for each in visits:
        each.end()


@pytest.fixture
def page_with_slider(site):
    for name in PAGES:
        if 'class="plot-slider"' in (site / name).read_text():
            return name
    pytest.skip("no page of the book has a slider")


def weight(site, urls):
    """Return the bytes of some of the site's files, compressed as every host sends them."""
    return sum(map(sent, {site / unquote(urlsplit(url).path).lstrip("/") for url in urls}))


@cache
def sent(file):
    return file.stat().st_size if file.suffix == ".woff2" else len(gzip.compress(file.read_bytes()))


def pytest_terminal_summary(terminalreporter):
    """Print what the pages weigh."""
    reports = [
        each for each in terminalreporter.getreports("passed") + terminalreporter.getreports("failed") if each.when == "call"
    ]
    rows = [value for report in reports for name, value in report.user_properties if name == "weight"]
    if rows:
        terminalreporter.section("weight of each page: before its figures, and with them (kB gzip)")
    for name, first, whole in rows:
        terminalreporter.line(f"{first / 1000:8.0f} {whole / 1000:8.0f}   {name}")


@pytest.fixture(scope="session")
def deep(request):
    return request.config.getoption("deep")


@pytest.fixture(scope="session")
def states(deep):
    """Light or dark, and a width: every page's article is seen in both, the rest of their pairs is the same on all."""
    others = [("dark", 1280), ("light", 390)] if deep else []
    return [("light", 1280), *others, ("dark", 390)]


@pytest.fixture(scope="session")
def record(states, deep):
    """Save pictures of pages to `_build/screenshots`, whose `index.html` shows all of them small: in a deep run, for they take long."""
    if not deep:
        return lambda *_: None
    RECORD.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in [*PAGES, "search.html"]:
        files = [picture_of(name, scheme, width) for scheme, width in states]
        cells = "".join(f'<a href="{file}"><img src="{file}" alt="" loading="lazy"></a>' for file in files)
        rows.append(f"<h2>{escape(name)}</h2><div>{cells}</div>")
    (RECORD / "index.html").write_text(CONTACT_SHEET + "\n".join(rows), encoding="utf-8")

    def save(page, name, scheme):
        page.evaluate("scrollTo(0, 0)")
        file = RECORD / picture_of(name, scheme, page.viewport_size["width"])
        page.screenshot(path=file, full_page=True, type="jpeg", quality=60)

    return save


def picture_of(name, scheme, width):
    return f"{name.partition('.html')[0].replace('/', '-')}-{scheme}-{width}.jpg"
