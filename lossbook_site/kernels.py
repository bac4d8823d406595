"""Kernels that are there at once: forked from a process that has imported what chapters import.

Most of a short notebook's time is the import of torch, scipy and plotly. Here it is paid once for
all notebooks; each still has a process of its own, in which no name is defined.

python -P kernels.py   waits for requests, a line of JSON each, and answers with the kernel's process id
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint
from threading import Lock

import psutil
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

IMPORTED = (
    "ipykernel.kernelapp", "IPython.core.completer", "jax", "nbformat", "optax", "plotly.graph_objects",
    "pytorch_metric_learning.losses", "scipy.integrate", "scipy.optimize", "scipy.stats", "sklearn.datasets",
    "sklearn.ensemble", "sklearn.linear_model", "sklearn.metrics", "sklearn.model_selection", "sklearn.preprocessing", "torch",
    "torch._dynamo",  # which the first optimiser imports
)  # fmt: skip


# Of every kernel: notebooks run side by side, so each has one thread for its arithmetic.
ENVIRONMENT = {"OMP_NUM_THREADS": "1"}


def use(**environment):
    """Let every kernel that this process starts from now on be forked, with some more variables in its environment."""
    if hasattr(os, "fork"):  # not on Windows
        ENVIRONMENT.update(environment)
        factory = KernelProvisionerFactory.instance()
        factory.provisioners["forking"] = EntryPoint("forking", f"{__name__}:Forking", factory.GROUP_NAME)
        factory.default_provisioner_name = "forking"


class Forked(psutil.Process):
    """A kernel's process, as Jupyter speaks to those that it starts itself."""

    stdin = stdout = stderr = None

    def poll(self):
        return None if self.is_running() else 0

    def send_signal(self, sig):
        with suppress(psutil.NoSuchProcess):  # ended by itself in the meantime
            super().send_signal(sig)


class Forking(LocalProvisioner):
    """Where Jupyter asks for a kernel's process."""

    async def launch_kernel(self, cmd, *, cwd=None, env=None, **_):
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        self.process = Forked(_fork(arguments, cwd or os.getcwd(), env or {}))
        self.pid = self.pgid = self.process.pid
        return self.connection_info


def _fork(*request):
    with _LOCK:
        server = _server()
        print(json.dumps(request), file=server.stdin, flush=True)
        return int(server.stdout.readline())


_LOCK = Lock()


@cache
def _server():
    """Start the process that forks; it ends with this one, which holds its input open."""
    command, environment = [sys.executable, "-P", __file__], os.environ | ENVIRONMENT
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def serve():
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # a kernel ends when this process is gone
    for name in IMPORTED:
        with suppress(ModuleNotFoundError):
            import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no one waits here for a kernel's end
    while line := sys.stdin.readline():
        if kernel := os.fork():
            print(kernel, flush=True)
        else:
            run(*json.loads(line))
    os._exit(0)  # at once: kernels that are left end with this process


def run(arguments, folder, environment):
    """Become a kernel."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.chdir(folder)
    os.environ |= environment | ENVIRONMENT
    sys.argv = ["ipykernel_launcher", *arguments]
    sys.exit(import_module("ipykernel.kernelapp").launch_new_instance())


if __name__ == "__main__":
    serve()
