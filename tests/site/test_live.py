"""Python in the page: exercises solved, functions changed and losses tried where they stand, in a browser without a network.

Skipped where the site was built without it (numpy's wheel was out of reach).
"""

import ast
import gzip
import json
import re
import time
from dataclasses import replace
from doctest import DocTestParser

import nbformat
import numpy as np
import pytest
from exercises import EXERCISES, grade, wrong_answers
from in_page import AXE_CORE, OVERFLOW
from nbclient import NotebookClient
from playwright.sync_api import expect

import lossbook
from conftest import Visit, weight
from lossbook.taxonomy import LOSSES
from lossbook_site.live import before, lacks
from lossbook_site.reading import HIDDEN_TESTS, SOLUTION

CHAPTER, EXERCISE, FUNCTION = "chapters/regression/huber.html", "huber-implement", "huber_loss"
PLAYGROUND = "chapters/reference/playground.html"
LOADER = 1500  # bytes of the script that offers it, compressed
RIGHT = """def my_huber(y_hat, y, delta):
    r = abs(y_hat - y)
    return np.where(r < delta, r**2 / 2, delta * (r - delta / 2))"""
WRONG = """def my_huber(y_hat, y, delta):
    r = abs(y_hat - y)
    return np.where(r < delta, r**2 / 2, delta * r)"""

expect.set_options(timeout=120_000)  # a busy machine is no failure

# Has the page's own Python do what it is asked; returns what is heard of each request, by kind.
ASK = """async ([main, requests]) => {
  const { python } = await import(main);
  const answers = [];
  for (const request of requests) {
    const heard = {};
    await python.ask(request, (kind, value) => (heard[kind] ??= []).push(value));
    answers.push(heard);
  }
  return answers;
}"""
AXE = """async () => (await axe.run('.live-panel', { resultTypes: ['violations'] })).violations
  .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\\n${failureSummary}`))"""


@pytest.fixture(scope="session")
def live(site):
    folder = site / "_static" / "live"
    if not (folder / "main.js").exists():
        pytest.skip("the site was built without live Python: see LOSSBOOK_PYODIDE_WHEELS in CONTRIBUTING.md")
    return folder


@pytest.fixture(scope="session")
def offers(live):
    """What each page offers, by page and name."""
    return {
        file.relative_to(live).with_suffix("").as_posix(): json.loads(file.read_text(encoding="utf-8"))["places"]
        for file in sorted(live.rglob("chapters/**/*.json"))
    }


@pytest.fixture(scope="module")
def reader(live, browser, addresses):
    """Someone who has opened an editor; Python runs from the first test that needs it on."""
    visited = Visit(browser, addresses["http"], color_scheme="light", accept_downloads=True)
    visited.open(CHAPTER)
    Panel(visited.page).open()
    yield visited
    visited.end()


class Panel:
    """One place of a page where code can be tried."""

    def __init__(self, page, name=EXERCISE):
        self.page, self.place = page, page.locator(f"[data-live='{name}']")
        self.code, self.output, self.status = (
            self.place.locator(f".{name}") for name in ("cm-content", "live-output", "live-status")
        )

    def open(self):
        self.place.get_by_role("button").click()
        expect(self.code).to_be_focused()
        return self

    def button(self, name):
        return self.place.get_by_role("button", name=name, exact=True)

    def write(self, code):
        self.code.focus()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(code)

    def run(self, code=None, ends="Done in"):
        if code:
            self.write(code)
        self.button("Run").click()
        return self.until(ends)

    def check(self, code):
        self.write(code)
        self.button("Check").click()
        self.until("passed")
        return self.place.locator(".live-checks li").all_inner_texts()

    def until(self, words):
        expect(self.status).to_contain_text(words)
        return self.output.inner_text().strip()


@pytest.fixture
def panel(reader):
    return Panel(reader.page)


def ask(visited, requests):
    return visited.page.evaluate(ASK, [f"{visited.address}_static/live/main.js", requests])


def test_a_page_nobody_clicks_loads_nothing_of_it(live, visit, site, record_property):
    visited = visit()
    page = visited.open(CHAPTER)
    expect(page.get_by_role("button", name="Try it here").first).to_be_visible()
    visited.lay_out()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_timeout(300)
    assert not [url for url in visited.requests if "_static/live/" in url or "live-sw" in url]
    loader = weight(site, [url for url in visited.requests if url.endswith("live.js")])
    marks = "".join(
        re.findall(r'<(?:div|p) class="live.*?</(?:div|p)>|<script[^>]*live.js[^>]*></script>', (site / CHAPTER).read_text())
    )
    record_property("live", ("before the first click, kB", (loader + len(gzip.compress(marks.encode()))) / 1000))
    assert 0 < loader <= LOADER


def test_the_first_run_says_what_it_fetches_and_the_second_is_quick(live, visit, site, record_property):
    visited = visit()
    panel = Panel(visited.open(CHAPTER))
    panel.open()
    editor = weight(site, [url for url in visited.requests if "/_static/live/" in url])
    began = time.perf_counter()
    panel.write("1 + 1")
    panel.button("Run").click()
    expect(panel.status).to_contain_text(re.compile(r"Fetching Python for this page: \d+\.\d MB, once"))
    expect(panel.place.get_by_role("progressbar")).to_be_visible()
    assert panel.until("Done in") == "2"
    first = time.perf_counter() - began
    expect(panel.place.get_by_role("progressbar")).not_to_be_visible()
    began = time.perf_counter()
    assert panel.run("2 + 2") == "4"
    second = time.perf_counter() - began
    whole = sum(
        len(gzip.compress(file.read_bytes())) for file in live.iterdir() if file.is_file() and file.name != "LICENCES.txt"
    )
    for what, value in (("the editor, kB", editor / 1000), ("all that a first run fetches, MB", whole / 1e6),
                        ("click to first output, s", first), ("to the second, s", second)):  # fmt: skip
        record_property("live", (what, value))
    assert whole < 11e6


def test_code_runs_and_shows_what_it_prints_and_its_last_value(panel):
    assert panel.run("print('to see')\nhuber_loss(np.ones(2), np.zeros(2))").split("\n")[0] == "to see"
    assert "0.5" in panel.output.inner_text()


def test_an_error_shows_the_last_lines_of_the_reader_s_own_code(panel):
    assert panel.run("def f(x):\n    return 1 / x\n\nf(0)").split("\n")[-3:] == [
        "Line 2, in f:", "    return 1 / x", "ZeroDivisionError: division by zero",
    ]  # fmt: skip
    said = panel.run("huber_loss(np.ones(2), np.zeros(3))")
    assert "Line 1:" in said and "(2,)" in said and "lossbook" not in said
    assert "Line 2" in panel.run("x = 1\nx = = 2")


def test_long_output_is_cut_and_says_so(panel):
    said = panel.run("for i in range(200): print(f'{i:999d}')")
    assert len(said) < 102_000 and "beyond 100 kB is left out" in said


def test_a_figure_is_drawn_by_the_page_s_own_plotly(panel):
    panel.run("r = np.linspace(-1, 1, 9)\n{'data': [{'x': r, 'y': np.where(r < 0, np.nan, r)}]}")
    expect(panel.output.locator("svg.main-svg").first).to_be_visible()


def test_right_and_wrong_answers_are_told_apart_in_the_test_s_own_words(panel):
    assert panel.check(RIGHT) == ["passed", "passed", "checked in the notebook"]
    assert "hidden tests of the notebook decide" in panel.status.inner_text()
    assert panel.check(WRONG) == ["passed", "failed: your loss is discontinuous at |r| = delta", "checked in the notebook"]
    assert panel.check("x = 1")[0].startswith("failed: NameError")


def test_an_endless_loop_is_stopped_and_the_page_lives_on(panel):
    panel.run("print('on it')\nwhile True:\n    pass", ends="Running")
    expect(panel.output).to_contain_text("on it")
    panel.button("Stop").click()
    panel.until("variables of this run are gone")
    assert panel.run("3 + 3") == "6"


def test_code_is_kept_and_can_be_reset(live, visit):
    visited = visit()
    panel = Panel(visited.open(CHAPTER)).open()
    given = panel.code.inner_text()
    panel.button("Reset").click()  # nothing to ask
    panel.write("mine = 1")
    visited.page.reload()
    panel.open()
    assert panel.code.inner_text() == "mine = 1"
    visited.page.on("dialog", lambda dialog: dialog.accept())
    panel.button("Reset").click()
    assert panel.code.inner_text() == given
    visited.page.reload()
    assert panel.open().code.inner_text() == given


def test_the_answer_is_copied_and_downloaded_as_a_notebook_that_runs(reader, panel, tmp_path):
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel.write(RIGHT)
    panel.button("Copy").click()
    expect(panel.button("Copied")).to_be_visible()
    assert reader.page.evaluate("navigator.clipboard.readText()") == RIGHT
    with reader.page.expect_download() as download:
        panel.button("Download").click()
    assert download.value.suggested_filename == f"{EXERCISE}.ipynb"
    file = tmp_path / "answer.ipynb"
    download.value.save_as(file)
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    assert RIGHT in [cell.source for cell in notebook.cells]
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()


def test_a_function_s_source_can_be_changed_and_run_with_its_helpers(reader):
    panel = Panel(reader.page, FUNCTION).open()
    assert "same_shape" in panel.code.inner_text() and panel.run() == "1.3125"
    panel.code.focus()
    reader.page.keyboard.press("Control+End")
    reader.page.keyboard.insert_text("\n1000 * float(huber_loss(np.ones(1), np.zeros(1)))")
    assert panel.run() == "500.0"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_open_editor_is_accessible_and_fits(reader, panel, scheme, width):
    reader.page.emulate_media(color_scheme=scheme)
    reader.page.set_viewport_size({"width": width, "height": 900})
    reader.page.evaluate(AXE_CORE)
    panel.check(f"print('a long line', 'x' * 200)\n{WRONG}\nfor i in range(2):\n    'a string', None  # a comment\n1 / 0")
    assert reader.page.evaluate(AXE) == []
    assert reader.page.evaluate(OVERFLOW) <= 0


def test_the_keyboard_is_enough(live, visit):
    page = visit().open(CHAPTER)
    panel = Panel(page)
    panel.place.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(panel.code).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("if True:\n7 * 6")  # the new line is indented
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(panel.code).to_be_focused()
    page.keyboard.press("Control+Enter")
    panel.until("Done in")
    page.keyboard.press("Shift+Enter")
    panel.until("Done in")
    page.keyboard.press("Escape")
    expect(panel.button("Run")).to_be_focused()
    page.keyboard.press("Tab")
    expect(panel.button("Check")).to_be_focused()
    page.keyboard.press("Enter")
    panel.until("checks passed")


def test_after_the_first_run_the_page_works_without_a_network(live, visit):
    visited = visit()
    panel = Panel(visited.open(CHAPTER)).open()
    panel.run("1")
    kept = """page => caches.keys().then(names => caches.open(names[0])).then(cache => cache.keys())
      .then(found => [page, 'book.css', 'asm.wasm', 'numpy'].every(part => found.some(({ url }) => url.includes(part))))"""
    visited.page.wait_for_function(kept, arg=visited.address + CHAPTER)
    visited.context.set_offline(True)
    visited.page.reload()
    assert visited.page.evaluate("getComputedStyle(document.body).margin") == "0px"  # in its styles
    assert panel.open().run("40 + 2") == "42"
    assert set(visited.complaints) <= {
        "Failed to load resource: net::ERR_FAILED",
        "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
    }
    visited.complaints.clear()


def test_the_playground_has_every_loss_by_family_and_its_address_names_one(live, offers, visit):
    visited = visit()
    page = visited.open(f"{PLAYGROUND}#ctc_loss")
    names = page.locator("#playground-loss option").evaluate_all("options => options.map(({ value }) => value)")
    assert names == list(offers["chapters/reference/playground"])
    # Matching needs SciPy.
    assert {loss.name for loss in LOSSES} - set(names) == {"set_matching_loss"}
    panel = Panel(page, "").open()
    assert "def ctc_loss" in panel.code.inner_text()
    page.get_by_label("Loss", exact=True).select_option(FUNCTION)
    assert page.evaluate("location.hash") == f"#{FUNCTION}"
    assert panel.run() == "1.3125"
    panel.run("{'data': [{'y': [1, 2]}]}")  # this page has no other figure
    expect(panel.output.locator("svg.main-svg").first).to_be_visible()


def reason(error):
    return str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"


def test_every_offered_exercise_tells_right_from_wrong_as_it_does_in_a_notebook(reader, offers, record_property):
    """Right answers pass the visible tests, wrong ones fail those that they fail outside, with the same words."""
    asked, expected = [], []
    places = {name: of for page in offers.values() for name, of in page.items() if name in EXERCISES}
    answers = {name: [("the solution", EXERCISES[name].solution)] for name in places}
    for answer in wrong_answers():
        # Some are wrong in torch only.
        if answer.exercise.name in places and not lacks(before(answer.exercise), answer.code):
            answers[answer.exercise.name].append((answer.wrong, answer.code))
    for name, of in places.items():
        here = {test: code for test, code in zip(EXERCISES[name].tests, of["tests"], strict=True) if code is not None}
        exercise = replace(EXERCISES[name], tests=here)
        for what, code in answers[name]:
            asked.append({"setUp": of["setUp"], "code": code, "tests": of["tests"]})
            outside = grade(exercise, code)
            expected.append((name, what, [reason(outside[test]) if test in outside else None for test in here]))
    found = [
        (name, what, [words for _, words in map(json.loads, heard["check"])])
        for heard, (name, what, _) in zip(ask(reader, asked), expected, strict=True)
    ]
    tests = sum(code is not None for of in places.values() for code in of["tests"])
    record_property("live", (f"exercises of {len(EXERCISES)} (with {tests} tests)", len(places)))
    assert [each for each in zip(found, expected, strict=True) if each[0] != each[1]] == []
    assert not [each for each in found if each[1] == "the solution" and any(each[2])]


def test_every_loss_s_example_is_the_same_as_outside_to_the_last_digits(reader, offers):
    requests, values = [], []
    for name, of in offers["chapters/reference/playground"].items():
        *before, last = [each.source for each in DocTestParser().get_examples(getattr(lossbook, name).__doc__)]
        code = "import numpy\n" + "".join(before) + f"numpy.asarray((\n{last}), dtype=float).tolist()"
        requests.append({"module": of["module"], "code": code})
        given = dict(vars(lossbook))
        *statements, value = ast.parse(code).body
        exec(compile(ast.Module(statements, []), name, "exec"), given)
        values.append(eval(compile(ast.Expression(value.value), name, "eval"), given))
    for heard, value, request in zip(ask(reader, requests), values, requests, strict=True):
        assert "error" not in heard, request
        np.testing.assert_allclose(ast.literal_eval(heard["value"][0]), value, rtol=1e-13, atol=1e-15, err_msg=request["code"])


def test_no_hidden_test_and_no_solution_is_offered(offers):
    for page in offers.values():
        for name, of in page.items():
            assert not [marker for marker in (*HIDDEN_TESTS, *SOLUTION) if marker in json.dumps(of)]
            if name in EXERCISES:
                exercise = EXERCISES[name]
                for test, code in zip(exercise.tests, of["tests"], strict=True):
                    assert code in (None, exercise.visible(test))


@pytest.mark.parametrize("how", [{"scheme": "file"}, {"java_script_enabled": False}], ids=["from a file", "without scripts"])
def test_where_nothing_runs_no_button_is_there_and_the_page_says_what_else_to_do(live, visit, how):
    visited = visit(**how)
    for name in (CHAPTER, PLAYGROUND):
        page = visited.open(name)
        if how.get("java_script_enabled", True):
            visited.lay_out()
        assert page.locator(".live").locator("visible=true").count() == 0
        assert page.locator(".live-elsewhere").first.is_visible()
