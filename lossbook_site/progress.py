"""Execute the notebooks, several at a time, and anew what a change of the package touches."""

import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import lossbook
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from sphinx.util import logging

import lossbook_site
from lossbook_site import kernels
from lossbook_site.reading import for_reading

log = logging.getLogger(__name__)


def fingerprint(package):
    """Return a hash of a package's sources, and of the numbers that it stores."""
    digest, root = hashlib.sha256(), Path(package.__file__).parent
    for source in sorted([*root.rglob("*.py"), *root.glob("book/*.json")]):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def key_cache(app, config):
    """Give every state of `lossbook` a cache of its own: the cache itself only sees notebooks.

    Sphinx reads all pages again when this setting changes, so the pages follow the package too.
    """
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / fingerprint(lossbook)
    config.nb_execution_cache_path = str(current)
    for stale in set(caches.glob("*")) - {current}:
        shutil.rmtree(stale) if stale.is_dir() else stale.unlink()


def due(cache, file, env):
    """Return a notebook as it is to be executed, or None: a page without cells, or one whose outputs the cache holds."""
    text = Path(file).read_text(encoding="utf-8")
    reader = create_nb_reader(file, env.myst_config, env.mystnb_config, text)
    try:
        if file.endswith(".ipynb"):
            text = json.dumps(for_reading(json.loads(text)))
        notebook = reader and reader.read(text)
    except ValueError:  # no readable notebook: told when its page is read
        return None
    try:
        if notebook:
            cache.match_cache_notebook(notebook)
    except KeyError:
        return notebook
    return None


def execute_ahead(app, env, docnames):
    """Execute what the cache does not hold, several notebooks at a time; myst-nb then finds it there.

    One that fails is left to myst-nb, which executes it again and reports the error.
    """
    cache = get_cache(app.config.nb_execution_cache_path)
    notebooks = {file: notebook for file in map(env.doc2path, docnames) if (notebook := due(cache, file, env))}
    kernels.use()
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        runs = {
            pool.submit(
                single_nb_execution, notebook, cwd=str(Path(file).parent),
                timeout=app.config.nb_execution_timeout, allow_errors=False,
            ): file
            for file, notebook in notebooks.items()
        }  # fmt: skip
        for number, run in enumerate(as_completed(runs), start=1):
            file, result = runs[run], run.result()
            name = Path(file).relative_to(app.srcdir)
            if result.err:
                log.info("[%d/%d] %s failed", number, len(runs), name)
                continue
            log.info("[%d/%d] %s executed in %.0f s", number, len(runs), name, result.time)
            bundle = CacheBundleIn(notebooks[file], uri=file, data={"execution_seconds": result.time})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def setup(app):
    app.add_config_value("lossbook_site_fingerprint", fingerprint(lossbook_site), "env")
    app.connect("config-inited", key_cache)
    app.connect("env-before-read-docs", execute_ahead)
