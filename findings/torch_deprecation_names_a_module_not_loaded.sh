#!/usr/bin/env bash
# torch 2.13.0, torch.distributed.nn.functional.all_gather: its deprecation warning names what is not there.
#
# Expected: what a deprecation warning says to use instead can be used as it is written.
# Seen: it names torch.distributed._functional_collectives.all_gather_single, of a private module that
#   `import torch.distributed` does not load: the name raises AttributeError until the module is imported by name.
# Touches: contrastive losses over several processes, whose gather with gradients is this function.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with torch==2.13.0 numpy==2.4.6
sees "named: torch.distributed._functional_collectives.all_gather_single
as written: AttributeError
imported by name: a function" <<'PYTHON'
import re
import tempfile
import warnings
from importlib import import_module

import torch
import torch.distributed
from torch.distributed.nn.functional import all_gather

with tempfile.TemporaryDirectory() as meeting, warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    torch.distributed.init_process_group("gloo", init_method=f"file://{meeting}/store", rank=0, world_size=1)
    all_gather(torch.ones(2))
    torch.distributed.destroy_process_group()
(named,) = {name for each in told for name in re.findall(r"use (torch\.distributed\.\S+) instead", str(each.message))}
print("named:", named)
try:
    eval(named)
except AttributeError:
    print("as written: AttributeError")
module, _, name = named.rpartition(".")
print("imported by name: a", type(getattr(import_module(module), name)).__name__)
PYTHON
