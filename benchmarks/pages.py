"""Lighthouse on every page, as on a phone; and three pages beside what Jupyter Book's defaults make of them.

Fails if a page has less than 95 in a category, or less than 100 in accessibility.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml

from lossbook_site.pdf import CHROMIUM
from lossbook_site.vendor import NODE, install

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
LIGHTHOUSE = HERE / "node_modules" / "lighthouse" / "cli" / "index.js"
BESIDE = ["regression/huber", "classification/cross_entropy", "lenses/nll"]
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 95, "seo": 95}


class Gzipped(SimpleHTTPRequestHandler):
    """Serve a folder compressed, as every host does."""

    def end_headers(self):
        if self.compressed:
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()

    def send_head(self):
        file = Path(self.translate_path(self.path))
        self.compressed = file.suffix in (".html", ".css", ".js", ".svg")
        if not self.compressed or not file.is_file():
            self.compressed = False
            return super().send_head()
        packed = gzip.compress(file.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)
        return None

    def log_message(self, *arguments):
        pass


@contextmanager
def served(folder):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Gzipped, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def lighthouse(address):
    """Return a page's points in each category, seconds to its largest paint, and kilobytes."""
    done = subprocess.run(
        [NODE, LIGHTHOUSE, address, "--output=json", "--quiet", "--chrome-flags=--headless --no-sandbox --disable-gpu"],
        env=os.environ | {"CHROME_PATH": CHROMIUM},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    points = {name: round(100 * category["score"]) for name, category in report["categories"].items()}
    audits = report["audits"]
    lost = [
        audit["id"]
        for category in report["categories"].values()
        for reference in category["auditRefs"]
        if (audit := audits[reference["id"]])["score"] == 0 and reference["weight"]
    ]
    paint = audits["largest-contentful-paint"]["numericValue"] / 1000
    return points, paint, audits["total-byte-weight"]["numericValue"] / 1000, lost


def show(name, points, paint, weight, lost):
    print(
        f"{name:<44}{'':2}{'  '.join(f'{points[c]:>3}' for c in LEAST)}{paint:>7.1f} s{weight:>7.0f} kB  {' '.join(lost)}",
        flush=True,
    )


def build_with_defaults(folder):
    """Build three chapters with nothing but a title in `_config.yml`."""
    for name in BESIDE:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "chapters" / f"{name}.ipynb", folder / f"{name}.ipynb")
    first, *rest = BESIDE
    (folder / "_config.yml").write_text("title: Defaults\n")
    (folder / "_toc.yml").write_text(
        f"format: jb-book\nroot: {first}\nchapters:\n" + "".join(f"- file: {name}\n" for name in rest)
    )
    command = [Path(sys.executable).with_name("jupyter-book"), "build", folder]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "_build" / "html"


def main():
    install(HERE)
    heading = f"{'':<46}performance, accessibility, best practices, SEO; largest paint; weight"
    pages, found = [f"{name}.html" for name in parse_toc_yaml(ROOT / "_toc.yml")], {}
    print(f"Every page\n{heading}")
    with served(ROOT / "_build" / "html") as address:
        for name in pages:
            found[name] = lighthouse(address + name)
            show(name, *found[name])
    print(f"\nThe same chapters with Jupyter Book's defaults (what they take from outside is not loaded, nor counted)\n{heading}")
    with tempfile.TemporaryDirectory() as folder, served(build_with_defaults(Path(folder))) as address:
        for name in BESIDE:
            points, paint, weight, lost = lighthouse(f"{address}{name}.html")
            show(f"{name}.html", points, paint, weight, lost)
            _, our_paint, our_weight, _ = found[f"chapters/{name}.html"]
            print(f"{'  ours / theirs':<61}{our_paint / paint:>11.2f}  {our_weight / weight:>7.2f}")
    low = [f"{name}: {category} {points[category]}" for name, (points, *_) in found.items()
           for category, least in LEAST.items() if points[category] < least]  # fmt: skip
    sys.exit("\n".join(["below the goal", *low]) if low else 0)


if __name__ == "__main__":
    main()
