# Two commands do everything on a fresh machine with python3 (3.11 or newer), pip or uv, and make:
#   make demo    an invented office to click through
#   make test    every test that needs no browser and does not take long (those that do: make slow)
PY := .venv/bin/python
DEMO := .demo
THEFTS := tests/seizure/test_thefts.py
CORES := $(shell nproc 2>/dev/null || echo 2)

# What Python has compiled is kept, and out of the way: many programs are started, and each would compile anew.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/compiled
unexport PYTHONDONTWRITEBYTECODE

# uv where there is one, else pip; both hold every download to the hashes in requirements/.
define install
	@if command -v uv >/dev/null 2>&1; \
	then uv pip install -q --python $(PY) --require-hashes -r requirements/$(1).txt; \
	else python3 -m pip --python $(PY) install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/$(1).txt; fi
	@touch $@
endef

.PHONY: demo test slow thefts browser check sentences audit bench lock clean

demo: .venv/.run
	@$(PY) -m kunak demo $(DEMO)

test: .venv/.test
	@$(PY) -m pytest -n $(CORES) --ignore=tests/browser -m "not slow"

# Real programs killed at any moment, lines cut at any byte, all bytes searched, every theft. CI does it.
slow: .venv/.test
	@$(PY) -m pytest -n $(CORES) --ignore=tests/browser -m slow

# Of these every theft of docs/threats.md, carried out anew.
thefts: .venv/.test
	@$(PY) -m pytest -n $(CORES) $(THEFTS)

browser: .venv/.dev  # the long walks, which mostly wait, begin early
	@$(PY) -m pytest -n $$(($(CORES) + 1)) --dist loadfile --no-loadscope-reorder tests/browser

check: .venv/.dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

# Every sentence that somebody can read, in the catalogues of all languages; see docs/languages.md.
sentences: .venv/.test
	@$(PY) tools/collect_sentences.py --merge
	@$(PY) tools/collect_survivor_sentences.py --update

# Known vulnerabilities of what is locked; asks the package index's advisories, so it needs the network.
audit: .venv/.dev
	@.venv/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/run.txt

bench: .venv/.test
	@$(PY) -m kunak bench ways

# The virtual environment has no pip of its own and reaches src/ by a .pth file: 14 seconds saved.
.venv/.made:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kunak needs Python 3.11 or newer; python3 here is older."; exit 1; }
	@python3 -m venv --without-pip .venv
	@echo "$(CURDIR)/src" > $$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/kunak-src.pth
	@touch $@

.venv/.run: requirements/run.txt .venv/.made
	$(call install,run)

.venv/.test: requirements/test.txt .venv/.made
	$(call install,test)

.venv/.dev: requirements/dev.txt .venv/.made
	$(call install,dev)

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --extra documents --extra postgres --extra test pyproject.toml -o requirements/test.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --extra documents --extra postgres --extra test --extra dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf .venv $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis
