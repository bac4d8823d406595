"""What the pages for students and teachers share: one file each, to read without a network."""

from html import escape
from typing import Any

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

__all__ = ["page", "prose"]

STYLE = """
:root { --ink: #1b1f24; --paper: #fff; --soft: #5b6470; --line: #d5dae0; --shade: #f4f6f8; }
body { margin: 2rem auto; max-width: 52rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; }
h2, h3 { margin-top: 2.2rem; }
nav ul, nav ol { padding-left: 1.2rem; }
pre { padding: .7rem; overflow-x: auto; background: var(--shade); border-radius: 4px; font-size: .86rem; }
math[display="block"] { margin: .8rem 0; overflow-x: auto; }
table { margin: 1.5rem 0; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; padding: .7rem; border: 1px solid var(--line); border-radius: 4px; overflow-x: auto; }
.soft, figcaption { color: var(--soft); font-size: .92rem; }
.test { margin: .5rem 0; padding-left: .8rem; border-left: 4px solid #1f8f5f; }
.test.missed { border-left-color: #d0475a; }
.comment { padding: .5rem .8rem; border: 1px solid var(--line); border-radius: 4px; }
"""


def page(title: str, body: str) -> str:
    """Return a whole page; its body is HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def prose(text: str) -> str:
    """Return Markdown as HTML, its formulas as MathML, which browsers draw without help; HTML in it is shown as text."""
    return str(
        MarkdownWithMath(renderer=_Prose(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)).render(text)
    )


class _Prose(IPythonRenderer):
    def block_math(self, body: str) -> str:
        return _formula(body, "block")

    def inline_math(self, body: str) -> str:
        return _formula(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        return _formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    def image(self, *arguments: Any, **keywords: Any) -> str:
        return "(an image)"  # which would have to come along, or from a network


def _formula(body: str, display: str) -> str:
    try:
        return convert(body, display=display)
    except Exception:  # whatever a student writes between dollar signs
        return f"<code>{escape(body)}</code>"
