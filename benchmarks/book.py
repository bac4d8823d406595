"""How long the book and its tests take, and what its pages weigh."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from jupyter_cache import get_cache

ROOT = Path(__file__).parents[1]


def timed(name, *command):
    """Run a command of the project, print how long it took, and stop if it failed."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    print(f"{name:<34}{time.perf_counter() - start:>8.1f} s", flush=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main():
    shutil.rmtree(ROOT / "_build", ignore_errors=True)
    timed("make book, nothing built yet", "make", "book")
    timed("make book, nothing changed", "make", "book")
    # A changed configuration makes Sphinx read every page again, from the execution cache.
    shutil.rmtree(ROOT / "_build" / ".doctrees", ignore_errors=True)
    timed("make book, executions cached", "make", "book")
    timed("make test", "make", "test")

    print("\nexecution of each notebook")
    (cache,) = (ROOT / "_build" / ".jupyter_cache").iterdir()
    for record in sorted(get_cache(cache).list_cache_records(), key=lambda record: record.uri):
        name = Path(record.uri).relative_to(ROOT / "chapters").as_posix()
        print(f"{name:<34}{record.data['execution_seconds']:>8.1f} s")

    print("\nbytes of each page, gzip")
    weigh = (sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "tests/site/test_pages.py", "-k", "is_light")
    print(subprocess.run(weigh, cwd=ROOT, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
