"""Python programs of another copy of the project, run in processes that have imported the other libraries already."""

import json
import subprocess
import sys
from contextlib import contextmanager

SERVER = """
import json, os, runpy, sys, tempfile
import array_api_strict, jax, optax, plotly.graph_objects, pytest, pytorch_metric_learning.losses
import scipy.integrate, scipy.optimize, scipy.stats, sklearn.datasets, sklearn.linear_model, torch

for line in sys.stdin:
    folder, module, *arguments = json.loads(line)
    with tempfile.TemporaryFile() as output:
        if not (child := os.fork()):
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os.chdir(folder)
            sys.path.insert(0, folder)
            sys.argv[1:] = arguments
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            sys.exit()
        _, status = os.waitpid(child, 0)
        output.seek(0)
        print(json.dumps([os.waitstatus_to_exitcode(status), output.read().decode()]), flush=True)
"""


@contextmanager
def python():
    """Give a function that runs a module in a folder, and returns its code and what it printed."""
    server = subprocess.Popen([sys.executable, "-P", "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(folder, module, *arguments):
        print(json.dumps([str(folder), module, *arguments]), file=server.stdin, flush=True)
        return subprocess.CompletedProcess([module, *arguments], *json.loads(server.stdout.readline()))

    with server:
        yield run
        server.stdin.close()
