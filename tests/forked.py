"""Python programs, each in a process of its own that has imported already what takes long."""

import json
import subprocess
import sys
from contextlib import contextmanager

SERVER = """
import json, os, runpy, sys, tempfile
from importlib import import_module

for name in sys.argv[1:]:
    import_module(name)
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
def python(*imported):
    """Give a function that runs a module in a folder, and returns its code and what it printed."""
    server = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVER, *imported], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def run(folder, module, *arguments):
        print(json.dumps([str(folder), module, *arguments]), file=server.stdin, flush=True)
        return subprocess.CompletedProcess([module, *arguments], *json.loads(server.stdout.readline()))

    with server:
        yield run
        server.stdin.close()
