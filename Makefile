# make build        set up .venv, build the demo, test it, publish it, make the site
# make test         everything that has to pass: lint, dbt and Python tests
# make test-spark   the same models on Spark, table by table
# make test-integrations   the tools that read or run groundwork, for real
# make superset     Superset on loopback with the generated dashboards
# make soak         the long tests
# make picture      the picture of the front page in README, from the site
# make lock         write the lock files anew from pyproject.toml

PYTHON ?= python3
BIN := .venv/bin
LOCK ?= requirements.lock
STAMP := .venv/.installed-$(LOCK)

.DEFAULT_GOAL := build
.PHONY: build test test-spark test-integrations superset soak picture lint format lock clean

build: $(STAMP)
	$(BIN)/groundwork build
	$(BIN)/groundwork site

test: $(STAMP) lint
	$(BIN)/pytest -m "not spark and not integrations and not soak" --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-spark: export LOCK = requirements-spark.lock
test-spark:
	$(MAKE) .venv/.installed-requirements-spark.lock
	$(BIN)/pytest -m "spark and not soak"

test-integrations: $(STAMP)
	$(BIN)/pytest -m "integrations and not soak" --numprocesses 2 --dist loadfile

superset: $(STAMP) integrations/superset/.venv/.installed
	test -f warehouse/groundwork.duckdb || $(BIN)/groundwork build
	$(BIN)/groundwork bi superset
	integrations/superset/.venv/bin/python integrations/superset/start.py \
		integrations/superset/generated/bundle.zip

# each tool has an environment of its own
integrations/%/.venv/.installed: integrations/%/requirements.lock
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

soak: $(STAMP)
	$(BIN)/pytest -m "soak and not spark"
	$(MAKE) .venv/.installed-requirements-spark.lock LOCK=requirements-spark.lock
	$(BIN)/pytest -m "soak and spark"

lint: $(STAMP)
	$(BIN)/ruff check groundwork tests benchmarks examples integrations .lint
	$(BIN)/ruff format --check groundwork tests benchmarks examples integrations .lint
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 models analyses tests examples

format: $(STAMP)
	$(BIN)/ruff check --fix groundwork tests benchmarks examples integrations .lint
	$(BIN)/ruff format groundwork tests benchmarks examples integrations .lint
	$(BIN)/sqlfluff fix --disable-progress-bar models analyses tests examples

$(STAMP): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "groundwork needs Python 3.11 or newer, $(PYTHON) is older: make PYTHON=python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

picture: $(STAMP)
	$(BIN)/python tests/python/site_picture.py site/index.html

COMPILE := .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	$(COMPILE) --extra dev --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --extra spark --output-file requirements-spark.lock pyproject.toml
	for tool in airflow superset; do $(COMPILE) \
		--output-file integrations/$$tool/requirements.lock integrations/$$tool/requirements.in || exit; done
	rm -r .venv-lock

clean:
	$(BIN)/groundwork clean
