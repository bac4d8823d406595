"""What a page costs its reader, compressed as every host sends it."""

import gzip
from urllib.parse import unquote, urlsplit

from conftest import PAGES

BEFORE_FIGURES, WITH_FIGURES = 250_000, 700_000


def weight(site, urls):
    files = {site / unquote(urlsplit(url).path).lstrip("/") for url in urls}
    return sum(
        file.stat().st_size if file.suffix == ".woff2" else len(gzip.compress(file.read_bytes()))
        for file in files
    )


def test_pages_are_light(visit, site, capsys):
    rows = []
    for name in PAGES:
        visited = visit()
        page = visited.open(name)
        page.evaluate("document.fonts.ready.then(() => 0)")
        # The fonts of formulas further down load when they are laid out, which is at once.
        first = weight(site, [url for url in visited.requests if "plotly" not in url])
        visited.draw_figures()
        rows.append((name, first, weight(site, visited.requests)))
    with capsys.disabled():
        print("\n  before   with figures, kB gzip")
        for name, first, whole in rows:
            print(f"{first / 1000:8.0f} {whole / 1000:8.0f}       {name}")
    assert max(first for _, first, _ in rows) <= BEFORE_FIGURES
    assert max(whole for *_, whole in rows) <= WITH_FIGURES
