#!/usr/bin/env bash
# absl-py 2.5.1 (which optax, chex and keras import): configuring Python's logging closes a file of yours.
#
# Expected: logging.config.dictConfig replaces handlers; the stream that a program put in the place of
#   sys.stderr stays open, as it does with Python's own StreamHandler.
# Seen: absl's handler keeps the sys.stderr of its import. dictConfig closes all present handlers, and absl's
#   closes its stream too, unless that is sys.stderr at this very moment. Whoever redirects sys.stderr twice
#   (a test runner that captures output, and a block that captures it once more) loses the outer stream, and
#   from then on every message ends in "I/O operation on closed file".
# Touches: tests under pytest that import optax and run a traitlets application (Jupyter, nbgrader) in a
#   block of contextlib.redirect_stderr; services that log into a file.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with absl-py==2.5.1
sees "with Python's own handler: open
after import absl.logging: closed" <<'PYTHON'
import io
import logging.config
import sys
import tempfile
from contextlib import redirect_stderr


def outcome(prepare):
    """Return whether a program's log file is still open after its logging was configured anew."""
    with tempfile.TemporaryFile("w") as log, redirect_stderr(log):
        prepare()
        with redirect_stderr(io.StringIO()):
            logging.config.dictConfig({"version": 1})
        return "closed" if log.closed else "open"


def python_s_own():
    logging.getLogger("mine").addHandler(logging.StreamHandler(sys.stderr))


def absl_s():
    import absl.logging


print("with Python's own handler:", outcome(python_s_own))
print("after import absl.logging:", outcome(absl_s))
PYTHON
