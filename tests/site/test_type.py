"""The page as type: lines break where they may, paper is whole."""

import pytest
from docutils import nodes

from conftest import PAGES
from lossbook_site.formulas import breakable, together, typeset
from lossbook_site.markup import cut_after_dots

# The pairs of a formula and what touches it, of which the second stands in another line.
TORN = r"""() => {
  const accept = node => {
    if (node.parentElement.closest('.math, pre, script, svg')) return NodeFilter.FILTER_REJECT;
    return node.nodeType === Node.TEXT_NODE || node.matches('span.math')
      ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
  };
  const walk = document.createTreeWalker(
    document.querySelector('article'), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, accept);
  const ends = node => {
    if (node.nodeType === Node.TEXT_NODE) {
      const letter = at => {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        return range.getBoundingClientRect();
      };
      return { text: node.data, first: letter(0), last: letter(node.length - 1) };
    }
    const bases = [...node.querySelectorAll('.base')].map(base => base.getBoundingClientRect());
    const text = node.querySelector('annotation').textContent;
    return { text, first: bases[0], last: bases.at(-1), math: true };
  };
  const torn = [];
  let before;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const block = node.parentElement.closest('p, li, th, td, h1, h2, h3, figure');
    const here = { block, ...ends(node) };
    if (before?.block === block && (before.math || here.math)
        && (before.math || /\S$/.test(before.text)) && (here.math || /^\S/.test(here.text))
        && !(before.last.right < here.first.left + 3 && before.last.top < here.first.bottom
             && here.first.top < before.last.bottom))
      torn.push(`${before.text.slice(-30)} | ${here.text.slice(0, 30)}`);
    before = here;
  }
  return torn;
}"""

# What a sheet of paper would cut.
WIDE = """() =>
  [...document.querySelectorAll('article :is(pre, .table-box, .katex-display, .plot-canvas svg)')]
    .filter(box => box.checkVisibility() && (box.scrollWidth > box.clientWidth + 1
      || box.getBoundingClientRect().right > 681))
    .map(box => box.textContent.slice(0, 80))"""


@pytest.mark.parametrize("name", PAGES)
def test_no_line_breaks_between_a_formula_and_what_touches_it(visit, name):
    visited = visit()
    page = visited.open(name)
    visited.lay_out()
    page.evaluate("document.fonts.ready.then(() => 0)")
    for width in range(320, 1300, 70):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(TORN) == [], f"at {width} px"


def test_a_formula_is_bound_to_what_touches_it_and_to_nothing_else():
    texts = [
        nodes.Text("With ("), nodes.math("", r"\hat y"), nodes.Text("), by "),
        nodes.strong("", "", nodes.math("", "x")), nodes.Text("-steps, "),
        nodes.math("", "z"), nodes.Text(" or "), nodes.emphasis("", "so"), nodes.Text("."),
    ]  # fmt: skip
    paragraph = nodes.paragraph("", "", *together(texts))
    bound = paragraph.findall(lambda node: isinstance(node, nodes.inline))
    assert [node.astext() for node in bound] == [r"(\hat y),", "x-steps,"]
    assert paragraph.astext() == r"With (\hat y), by x-steps, z or so."


def test_a_long_formula_breaks_outside_its_brackets():
    html = breakable(typeset(r"f(x) = g(x \mid y) + [0, 1) \le 1", display=False))
    bound = html.split('<span class="together">')[1:]  # f(x) =, g(x | y) +, [0, 1) <=, 1
    assert [part.count('<span class="base">') for part in bound] == [1, 2, 1, 1]


def test_only_a_long_formula_breaks(visit):
    short = typeset("a = b + c = d", display=False)
    long = breakable(typeset("a = b + (c = d + e) = f + xyz", display=False))
    breaks = (
        visit()
        .open(PAGES[1])
        .evaluate(
            """formulas => formulas.map(formula => {
          document.querySelector('article').innerHTML = `<p style="width: 3em">${formula}.</p>`;
          const bases = [...document.querySelectorAll('.base')].map(base => base.getBoundingClientRect());
          return bases.map((base, i) => i > 0 && base.left < bases[i - 1].right - 3);
        })""",
            [f'<span class="math">{short}</span>', f'<span class="math breaks">{long}</span>'],
        )
    )
    assert breaks[0] == [False] * 4
    assert breaks[1] == [False, True, True, False, False, True, True]


def test_long_names_break_after_dots_only():
    assert cut_after_dots("torch.nn.functional.l1_loss")[1:] == ["nn.", "functional.", "l1_loss"]
    assert cut_after_dots("scipy.stats.entropy") == ["scipy.stats.entropy"]
    version = "a.shape (...) in version 1.25.3"
    assert cut_after_dots(version) == ["a.", version[2:]]


@pytest.mark.parametrize("name", PAGES)
def test_paper_holds_the_whole_page_and_no_controls(visit, name):
    visited = visit(color_scheme="dark", viewport={"width": 1280, "height": 900})
    page = visited.open(name)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    visited.draw_figures()
    page.emulate_media(media="print")
    page.evaluate("document.body.style.width = '680px'")  # A4 within its margins; no resize event
    for gone in ("header", "nav", "input", ".copy", ".plot-player"):
        assert page.locator(gone).locator("visible=true").count() == 0, gone
    for solution in page.locator(".tag_exercise-solution pre").all():
        assert solution.is_visible()
    wide = page.evaluate(WIDE)
    assert wide == []
    for figure in page.locator("figure.plot").all():
        assert figure.locator("svg.main-svg").first.bounding_box()["height"] > 100
    for text in page.locator("figure.plot svg text").all()[:1]:
        assert text.evaluate("text => getComputedStyle(text).fill") == "rgb(34, 32, 28)"
