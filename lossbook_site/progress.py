"""Say which notebook is being executed, and execute anew what a change of the package touches."""

import hashlib
import shutil
from pathlib import Path

import lossbook
import nbformat
from jupyter_cache import get_cache
from sphinx.util import logging

import lossbook_site

log = logging.getLogger(__name__)


def fingerprint(package):
    """Return a hash of a package's Python sources."""
    digest = hashlib.sha256()
    for source in sorted(Path(package.__file__).parent.glob("*.py")):
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


def announce_notebooks(app, env, docnames):
    notebooks = [name for name in docnames if env.doc2path(name).endswith(".ipynb")]

    def announce(app, docname, source):
        if docname not in notebooks:
            return
        cache = get_cache(app.config.nb_execution_cache_path)
        try:
            cache.match_cache_notebook(nbformat.reads(source[0], as_version=4))
            doing = "from the cache"
        except KeyError:
            doing = "executing"
        log.info("[%d/%d] %s: %s", notebooks.index(docname) + 1, len(notebooks), docname, doing)

    app.connect("source-read", announce)


def setup(app):
    app.add_config_value("lossbook_site_fingerprint", fingerprint(lossbook_site), "env")
    app.connect("config-inited", key_cache)
    app.connect("env-before-read-docs", announce_notebooks)
