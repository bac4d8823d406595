"""The page as type: lines break where they may."""

import pytest
from docutils import nodes

from conftest import PAGES
from lossbook_site.formulas import breakable, together, typeset
from lossbook_site.markup import cut_after_dots


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


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_word_of_a_card_is_cut(visit, width):
    page = visit(viewport={"width": width, "height": 900}).open("chapters/index.html")
    cut = page.locator(".landing .card-title").evaluate_all(
        """titles => titles.filter(title => {
          const room = title.getBoundingClientRect().width;
          title.style.cssText = 'width: min-content; overflow-wrap: normal';
          return title.getBoundingClientRect().width > room + 0.5;
        }).map(title => title.textContent)"""
    )
    assert page.locator(".landing .card-title").count() > 40 and cut == []
