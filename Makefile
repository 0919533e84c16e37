# `make` alone prints this file's targets. Anything longer than a line lives in scripts/.
BIN := .venv/bin
# One worker more than cores, as tests wait about half of their time; each starts a PostgreSQL of its own, so four at most.
PYTEST := $(BIN)/pytest -n $$($(BIN)/python -c 'import os; print(min(4, 1 + (os.cpu_count() or 1)))') --dist worksteal
# Tests start hundreds of processes: each would compile every module anew where the environment forbids to keep them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test ci bench fault fuzz scaled serve fmt check pins

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## Make .venv with the pinned packages and Fancast itself; quick when up to date
	@scripts/install.sh

demo: install ## Send real mass messages in a sandbox and keep serving (DEMO_ARGS=--once ends it)
	@$(BIN)/fancast demo $(DEMO_ARGS)

test: install ## Run every test on SQLite and PostgreSQL (TEST_ARGS='-k unsend')
	@$(PYTEST) $(TEST_ARGS)

ci: check ## What CI runs: check, then every test
	@CI=true $(PYTEST)

bench: install ## Measure sending and previewing beside their floors (BENCH_ARGS=--quick)
	@$(BIN)/python -m bench $(BENCH_ARGS)

fault: install ## The long fault run: 50 kills a database (TEST_ARGS='-k frozen')
	@scripts/fault.sh $(TEST_ARGS)

fuzz: install ## The long fuzz run: ten minutes a face, 2,000 examples a reader (TEST_ARGS='-k native')
	@FANCAST_TEST_FUZZ_SECONDS=600 FANCAST_TEST_EXAMPLES=2000 $(BIN)/pytest tests/fuzz tests/unit/test_readers.py tests/contract/test_onlyfansapi_any_json.py $(TEST_ARGS)

scaled: install ## Two servers, two workers, one PostgreSQL, for a look (SCALED_ARGS=--once ends it)
	@$(BIN)/python scripts/scaled.py $(SCALED_ARGS)

serve: install ## Serve on this machine (SERVE_ARGS='--port 8000')
	@$(BIN)/fancast serve $(SERVE_ARGS)

fmt: install ## Format, and mend what the linter can mend
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

check: install ## Format, lint, spelling, imports, types; changes nothing
	@scripts/check.sh

pins: install ## Compile pyproject.toml into requirements/*.txt (PINS_ARGS=--upgrade)
	@scripts/pins.sh $(PINS_ARGS)
