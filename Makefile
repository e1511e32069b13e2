# make demo, make test: all a newcomer needs. VENV=DIR puts the environment elsewhere.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
DEMO := demo.library

.PHONY: help setup demo test check check-page page-pictures torture torture-kills torture-pictures bench bench-large peers mini clean

help:
	@echo "make demo    set up, index data/photos, search it by words and by a picture"
	@echo "make test    set up, then style, types and tests"
	@echo "make check-page  types of the page's JavaScript (npm fetches the checker, locked)"
	@echo "make page-pictures  the pictures of the page in README and docs, made anew"
	@echo "make torture kill an index run 200 times and more, decode 200,000 damaged pictures (hours)"
	@echo "make bench   print every figure of the README's tables"
	@echo "make bench-large  a million vectors of 512 and of 896, and ten million (24 GiB, 25 GB of disk)"
	@echo "make peers   other engines on the same vectors and questions (half an hour)"
	@echo "make mini    train the bundled model again (needs ../shared/captions)"

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: setup
	$(BIN)/photoseek index data/photos --library $(DEMO)
	$(BIN)/photoseek search "a dog in the woods" -k 3 --library $(DEMO)
	$(BIN)/photoseek search "people on the beach" -k 3 --library $(DEMO)
	$(BIN)/photoseek similar data/photos/animals/black-dog-in-woods.jpg -k 3 --library $(DEMO)
	$(BIN)/photoseek status --library $(DEMO)

# A file of tests stays in one process: its fixtures are made once.
test: check
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Not in make test: that needs nothing but Python. TypeScript reads the types in the comments.
check-page:
	npm ci --prefix tests/page --silent --no-audit --no-fund
	tests/page/node_modules/.bin/tsc -p tests/page/jsconfig.json
	node --test tests/page/*.test.mjs

page-pictures: setup
	PYTHONPATH=tests $(BIN)/python -m page_pictures

torture: torture-kills torture-pictures

torture-kills: setup
	PYTHONPATH=tests $(BIN)/python -m torture.kills --kills 200

torture-pictures: setup
	PYTHONPATH=tests $(BIN)/python -m torture.mutations --count 200000

bench: setup
	$(BIN)/python -m benchmarks.run

bench-large: setup
	$(BIN)/python -m benchmarks.million
	$(BIN)/python -m benchmarks.million --dimension 896
	$(BIN)/python -m benchmarks.million --count 10000000

peers: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m benchmarks.peers --plot docs/images/peers.svg

mini: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[training]'
	$(BIN)/python -m training.build

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis
