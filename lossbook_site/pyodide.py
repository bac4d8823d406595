"""Python for the reader's browser: Pyodide, numpy and the package, with the editor, in `_static/live`.

Pyodide comes from npm. It brings no numpy, but a list of what its public distribution holds, with hashes: numpy's
wheel is looked for in the folder that LOSSBOOK_PYODIDE_WHEELS names, or fetched from that distribution. Without
either, the website has no live Python.
"""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from base64 import urlsafe_b64encode
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from urllib.request import urlopen

import array_api_compat
from sphinx.errors import ExtensionError
from sphinx.util import logging

import lossbook
from lossbook_site import vendor

FOLDER = "LOSSBOOK_PYODIDE_WHEELS"
SOURCES = vendor.ASSETS / "live"
KEPT = vendor.ASSETS / ".wheels"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
PACKAGES = {"array-api-compat": array_api_compat, "lossbook": lossbook}
SECONDS = 10  # to wait for the distribution's answer

# One moment for all files: the same sources give the same wheel.
MOMENT = (2025, 12, 1, 0, 0, 0)

log = logging.getLogger(__name__)


def module():
    """Return the folder of Pyodide's npm package."""
    return vendor.MODULES / "pyodide"


def distributed():
    """Return Pyodide's own list of its distribution."""
    return json.loads((module() / LOCK).read_text(encoding="utf-8"))


@cache
def modules():
    """Return the modules of the standard library that Pyodide has, those in Python."""
    with zipfile.ZipFile(module() / "python_stdlib.zip") as library:
        return {re.match(r"\w+", name)[0] for name in library.namelist()}


def numpy_wheel():
    """Return the file of numpy's wheel for the browser, or None where there is no way to it."""
    listed = distributed()["packages"]["numpy"]
    if folder := os.environ.get(FOLDER):
        file = Path(folder, listed["file_name"])
        if not file.exists():
            raise ExtensionError(f"{folder}, which {FOLDER} names, has no {listed['file_name']}")
        return checked(file, listed["sha256"])
    file = KEPT / listed["file_name"]
    if not file.exists():
        try:
            with urlopen(address() + listed["file_name"], timeout=SECONDS) as answer:
                found = answer.read()
        except OSError:
            return None
        KEPT.mkdir(exist_ok=True)
        file.write_bytes(found)
    return checked(file, listed["sha256"])


def checked(file, wanted):
    """Return a file that has the hash that is wanted of it."""
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != wanted:
        raise ExtensionError(f"{file} is not the wheel that Pyodide's distribution holds: its SHA-256 is {found}, not {wanted}")
    return file


def address():
    """Return where the distribution lies: where Pyodide itself would look for it."""
    version = json.loads((module() / "package.json").read_text(encoding="utf-8"))["version"]
    built_in = re.search(r"https://[^`\"]*/v\$\{\w+\}/full/", (module() / "pyodide.mjs").read_text(encoding="utf-8"))
    return re.sub(r"\$\{\w+\}", version, built_in[0])


def wheel(name, package, folder):
    """Write the wheel of an installed pure Python package, editable or not; return its file."""
    about, root = distribution(name), Path(package.__file__).parent
    stem = f"{root.name}-{about.version}"
    info = f"{stem}.dist-info"
    files = {
        file.relative_to(root.parent).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
    files[f"{info}/METADATA"] = about.read_text("METADATA").encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: lossbook_site\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = [f"{path},sha256={digest(content)},{len(content)}" for path, content in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,\n"]).encode()
    target = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, MOMENT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return target


def digest(content):
    """Return a content's hash as a wheel's record writes it."""
    return urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def lock(wheels):
    """Return what Pyodide is told of the packages: numpy, what the losses stand on, the losses."""
    packages = {"numpy": distributed()["packages"]["numpy"] | {"depends": []}}
    for name, file in wheels.items():
        packages[name] = {
            "name": name,
            "version": distribution(name).version,
            "file_name": file.name,
            "install_dir": "site",
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "package_type": "package",
            "imports": [PACKAGES[name].__name__],
            "depends": [],
            "unvendored_tests": False,
        }
    packages["lossbook"]["depends"] = ["numpy", "array-api-compat"]
    return {"info": distributed()["info"], "packages": packages}


def bundle(folder, **constants):
    """Bundle the editor, the worker and their styles into a folder; return the npm packages that are in them."""
    about = folder / "bundled.json"
    made = subprocess.run(
        [
            vendor.NODE, vendor.MODULES / "esbuild" / "bin" / "esbuild",
            *(SOURCES / name for name in ("main.js", "worker.js", "main.css")),
            "--bundle", "--minify", "--format=esm", "--target=es2022", "--loader:.py=text", "--external:./pyodide.mjs",
            "--log-level=warning", f"--outdir={folder}", f"--metafile={about}",
            *(f"--define:{name}={json.dumps(value)}" for name, value in constants.items()),
        ],
        cwd=vendor.ASSETS, capture_output=True, text=True,
    )  # fmt: skip
    if made.returncode:
        raise ExtensionError(f"esbuild made no bundle:\n{made.stderr}")
    inputs = json.loads(about.read_text(encoding="utf-8"))["inputs"]
    about.unlink()
    return sorted({found[1] for path in inputs if (found := re.match(r"node_modules/((?:@[^/]+/)?[^/]+)/", path))})


def licences(packages):
    """Return the licences of what was bundled, and where that of Pyodide is found."""
    texts = [f"{name}\n\n{(vendor.MODULES / name / 'LICENSE').read_text(encoding='utf-8')}" for name in packages]
    about = json.loads((module() / "package.json").read_text(encoding="utf-8"))
    repository = about["repository"]["url"].removeprefix("git+")
    texts.append(f"pyodide {about['version']}: {about['license']}, its source is at {repository}\n")
    return "\n\n".join(texts)


def fingerprint(files):
    """Return a short hash of some files."""
    parts = hashlib.sha256()
    for file in files:
        parts.update(file.name.encode() + file.read_bytes())
    return parts.hexdigest()[:16]


def provide(folder, numpy):
    """Write to a folder all that Python in the page needs, unless it is there already."""
    sources = [
        path
        for each in (SOURCES, *(Path(package.__file__).parent for package in PACKAGES.values()))
        for path in each.rglob("*.*")
    ]
    sources = sorted(path for path in sources if path.is_file() and path.suffix != ".pyc")
    state = fingerprint([*sources, vendor.ASSETS / "package-lock.json", numpy, Path(__file__)])
    made = folder / ".made"
    if made.exists() and made.read_text() == state:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.whl"):
        file.unlink()
    for name in CORE:
        shutil.copy(module() / name, folder)
    shutil.copy(numpy, folder)
    wheels = {name: wheel(name, package, folder) for name, package in PACKAGES.items()}
    (folder / LOCK).write_text(json.dumps(lock(wheels)), encoding="utf-8")
    fetched = {name: (folder / name).read_bytes() for name in (*CORE, LOCK, numpy.name, *(file.name for file in wheels.values()))}
    packages = bundle(
        folder,
        FILES={name: len(content) for name, content in fetched.items()},
        COMPRESSED=sum(len(gzip.compress(content)) for content in fetched.values()),
    )
    (folder / "LICENCES.txt").write_text(licences(packages), encoding="utf-8")
    made.write_text(state)


def remember(site):
    """Write the service worker that keeps the site for a reader without a network, with the hash of each live file."""
    live = site / "_static" / "live"
    files = {
        file.relative_to(live).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:16]
        for file in sorted(live.rglob("*.*"))
        if file.name not in (".made", "LICENCES.txt")
    }
    script = (SOURCES / "live-sw.js").read_text(encoding="utf-8")
    (site / "live-sw.js").write_text(script.replace("HASHES", json.dumps(files)), encoding="utf-8")
