# The book's commands. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help book test serve lab bench lock clean

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

# Set-up happens once; it is repeated only when a pinned set or a package's metadata changes.
.venv/book.stamp: requirements.txt pyproject.toml lossbook_site/pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable . --editable lossbook_site
	@touch $@

.venv/test.stamp: .venv/book.stamp requirements-test.txt
	$(BIN)/python -m pip install --quiet --requirement requirements-test.txt
	@touch $@

book: .venv/book.stamp  ## execute every chapter and write the website to _build/html
	$(BIN)/jupyter-book build . -W -n --keep-going

test: .venv/test.stamp book  ## run every test: the package, the notebooks, the built pages
	$(BIN)/pytest --numprocesses 2 --dist loadscope --nbval-lax tests chapters

serve: book  ## serve the website on this machine and print its address
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

lab: .venv/book.stamp  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --notebook-dir chapters

bench: .venv/test.stamp  ## time the losses beside their peers, the build and the pages
	$(BIN)/python benchmarks/run.py

lock: .venv/test.stamp  ## resolve requirements.txt and requirements-test.txt anew
	$(BIN)/python -m pip install --quiet pip-tools
	sh requirements-lock.sh

clean:  ## remove everything that was made: the website, the caches and .venv
	rm -rf _build .venv .pytest_cache .hypothesis lossbook_site/assets/node_modules
	find . -name __pycache__ -prune -exec rm -rf {} +
