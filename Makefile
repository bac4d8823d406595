# The book's commands. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help book test deep serve lab pdf archive links course peers bench mutants tidy lock clean

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name does; do printf '  make %-7s %s\n' "$$name" "$$does"; done

# Python compiles what it imports, once, and keeps it (containers often forbid the latter: then each process would
# compile anew); to compile all that is installed would take a minute.
export PYTHONDONTWRITEBYTECODE :=
INSTALL := $(BIN)/python -m pip install --quiet --no-compile

# Set-up happens once; it is repeated only when a pinned set or a package's metadata changes.
.venv/book.stamp: requirements.txt pyproject.toml lossbook_site/pyproject.toml
	$(PYTHON) -m venv .venv
	$(INSTALL) --requirement requirements.txt
	$(INSTALL) --no-deps --editable . --editable lossbook_site
	@touch $@

.venv/course.stamp: .venv/book.stamp requirements-course.txt
	$(INSTALL) --requirement requirements-course.txt
	@touch $@

.venv/test.stamp: .venv/course.stamp requirements-peers.txt requirements-test.txt
	$(INSTALL) --requirement requirements-test.txt
	@touch $@

book: .venv/book.stamp  ## execute every chapter and write the website to _build/html
	@$(BIN)/python -m lossbook_site.anatomy
	$(BIN)/jupyter-book build . -W -n --keep-going

test: .venv/test.stamp book  ## run every test: the code's style and types, the package, the notebooks, the built pages
deep: .venv/test.stamp book  ## the same tests with many random inputs, every stop of every slider, the long runs
# In the files' order: the notebooks come last, and are short enough to end together.
test deep:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder --nbval-lax $(if $(filter deep,$@),--deep) tests chapters

serve: book  ## serve the website on this machine and print its address
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

lab: .venv/course.stamp  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --notebook-dir chapters

pdf: .venv/test.stamp book  ## print the whole book to _build/the-loss-book.pdf (needs Chromium)
	$(BIN)/python -m lossbook_site.pdf _build/html _build/the-loss-book.pdf

archive: book  ## pack the website into _build/the-loss-book.zip, to read without a network
	$(BIN)/python -m lossbook_site.archive _build/html _build/the-loss-book.zip

links: book  ## check every link of the website, also those to other sites (needs a network)
	$(INSTALL) linkchecker
	$(BIN)/linkchecker --check-extern --no-warnings _build/html/chapters/index.html

course: .venv/course.stamp  ## make an nbgrader course: make course CHAPTERS="regression/huber lenses/kl" TO=~/my-course
	@$(BIN)/lossbook-course fork $(or $(CHAPTERS),$(error CHAPTERS is empty: name some, as in CHAPTERS="regression/huber lenses/kl")) --to $(if $(TO),"$$TO",$(error TO is empty: name the folder of the course, as in TO=~/my-course))

tidy: .venv/test.stamp  ## strip the outputs that notebooks are stored without, and format the code
	$(BIN)/python -m lossbook_site.tidy chapters
	$(BIN)/ruff format .

peers: .venv/test.stamp  ## run the peers that a build of the book goes without, and store what the pages say of them
	$(BIN)/python -m lossbook.book.peers
	$(BIN)/python -m lossbook.book.ndcg

bench: .venv/test.stamp  ## time the losses beside their peers, the build, the pages and a course
	$(BIN)/python benchmarks/losses.py
	$(BIN)/python benchmarks/strips.py
	$(BIN)/python benchmarks/book.py
	$(BIN)/python benchmarks/pages.py
	$(BIN)/python benchmarks/course.py

mutants: .venv/test.stamp  ## change the losses in small ways, and see that the tests notice (some hours)
	$(INSTALL) cosmic-ray
	$(BIN)/python benchmarks/mutants.py

# torch is named because its newest release would bring a CUDA build of several gigabytes.
RESOLVE := pip-compile --quiet --strip-extras --no-annotate --no-header --no-emit-options \
	--no-emit-index-url --no-emit-find-links --upgrade --upgrade-package torch==2.13.0
PINS := sed -n '/^lossbook/d; /^\#/d; s/+cpu$$//; /==/p'

lock: .venv/book.stamp  ## resolve requirements.txt and what course, peers and tests add to it anew
	$(INSTALL) pip-tools
	set -e; for set in book course peers test; do $(BIN)/$(RESOLVE) --extra book --extra $$set --output-file .venv/$$set.lock pyproject.toml; done
	(echo "# The exact set that builds the book, resolved from pyproject.toml by make lock."; \
	 $(PINS) .venv/book.lock) > requirements.txt
	(echo "# What a course adds to requirements.txt, resolved from pyproject.toml by make lock."; \
	 echo "--requirement requirements.txt"; \
	 $(PINS) .venv/course.lock | grep -vxFf requirements.txt) > requirements-course.txt
	(echo "# What the heavy peers add to requirements.txt, resolved from pyproject.toml by make lock."; \
	 echo "--requirement requirements.txt"; \
	 $(PINS) .venv/peers.lock | grep -vxFf requirements.txt) > requirements-peers.txt
	(echo "# What the tests add to course and peers, resolved from pyproject.toml by make lock."; \
	 echo "--requirement requirements-course.txt"; \
	 echo "--requirement requirements-peers.txt"; \
	 $(PINS) .venv/test.lock | grep -vxFf requirements.txt | grep -vxFf requirements-course.txt | grep -vxFf requirements-peers.txt) \
	 > requirements-test.txt

clean:  ## remove everything that was made: the website, the caches and .venv
	rm -rf _build .venv .pytest_cache lossbook_site/assets/node_modules
	find . -name __pycache__ -prune -exec rm -rf {} +
