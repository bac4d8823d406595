"""Kernels that are forked: as good as those that are started, and gone when they should be."""

import signal
import subprocess
import sys

import psutil
import pytest

from lossbook_site import kernels

CODE = """
import sys
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook
from lossbook_site import kernels

kernels.use(MORE="more")
for cell in sys.argv[2:]:
    notebook = new_notebook(cells=[new_code_cell(cell)])
    try:
        NotebookClient(notebook, allow_errors=True, timeout=3, interrupt_on_timeout=True).execute(cwd=sys.argv[1])
        output = notebook.cells[0].outputs[0]
        print(output.get("text", output.get("ename")).strip(), flush=True)
    except DeadKernelError:
        print("dead", flush=True)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run each cell in a kernel of its own, all forked for one process; return what they print."""
    folder = tmp_path_factory.mktemp("folder")

    def run(*cells):
        done = subprocess.run([sys.executable, "-c", CODE, folder, *cells], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [line.replace(str(folder), "the folder") for line in done.stdout.splitlines()]

    return run


def test_each_kernel_is_a_process_of_its_own_in_its_folder_and_gone_in_the_end(run):
    *told, forks = run(
        "import sys; print('torch' in sys.modules, 'torch' in dir(), 'lossbook' in sys.modules)",
        "import os; print(os.getcwd(), os.environ['MORE'], os.getpid() == os.getsid(0))",
        "import os; os._exit(1)",
        "import time; time.sleep(60)",
        "import os; print(os.getppid())",
    )
    assert told == ["True False False", "the folder more True", "dead", "KeyboardInterrupt"]
    psutil.wait_procs([psutil.Process(int(forks))] if psutil.pid_exists(int(forks)) else [], timeout=5)
    assert not psutil.pid_exists(int(forks))


def test_a_signal_to_a_kernel_that_has_ended_is_no_error():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    kernel = kernels.Forked(ended.pid)
    ended.wait()
    kernel.send_signal(signal.SIGTERM)
    assert kernel.poll() == 0
