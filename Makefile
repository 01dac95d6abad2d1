# SPDX-License-Identifier: LGPL-3.0-or-later
# Two commands do everything on a fresh machine: `make run` and `make test`.

CASE ?= cases/nzsp_flaw/case.yaml
# processes that share the tests
JOBS ?= 2
ENGINE ?= docker

.PHONY: run test test-container setup verify check bench-mesh bench-robust bench-impedance bench-elasticity bench-sweep bench-output fuzz bench-resume clean distclean
.DEFAULT_GOAL := run

run: setup ## set up and run the main case (CASE=... chooses another, ARGS=... adds options)
	@.venv/bin/jadeite run $(CASE) $(ARGS)

test: setup ## set up and run all tests, two at a time (JOBS=1: one; ARGS="-m 'not slow'" leaves out the slow ones)
	@OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n $(JOBS) --dist loadscope --no-loadscope-reorder $(ARGS)

test-container: setup ## build the container image and run it for real (ENGINE=docker or buildah; minutes)
	@JADEITE_TEST_CONTAINER=$(ENGINE) .venv/bin/python -m pytest tests/system/test_container.py -s $(ARGS)

setup: ## make the private environment .venv, if it is not up to date
	@.ci/setup.sh

verify: setup ## run the reference checks: expected against obtained, also in verification.json
	@.venv/bin/jadeite verify --json verification.json $(ARGS)

check: setup ## what has to be clean before a commit: style and types
	@.venv/bin/ruff check .
	@.venv/bin/mypy

bench-mesh: setup ## time to mesh 100 to 3000 grains in three dimensions: table and plot in runs/benchmarks
	@.venv/bin/python tests/benchmarks/meshing_scaling.py $(ARGS)

bench-robust: setup ## mesh 200 random microstructures of every kind and check them all; resumes where it was stopped
	@.venv/bin/python tests/benchmarks/meshing_robustness.py $(ARGS)

bench-impedance: setup ## cost of an impedance sweep of 60 frequencies against 60 solves one by one: runs/benchmarks
	@OMP_NUM_THREADS=1 .venv/bin/python tests/benchmarks/impedance_sweep.py $(ARGS)

bench-elasticity: setup ## iterations of a million unknowns of elasticity with 100 and with 1000 anisotropic grains
	@OMP_NUM_THREADS=1 .venv/bin/python tests/benchmarks/elasticity_solver.py $(ARGS)

bench-output: setup ## size and time of the fields of a million cells beside DOLFINx's XDMF, VTX and VTK files
	@OMP_NUM_THREADS=1 .venv/bin/python tests/benchmarks/output_writing.py $(ARGS)

bench-sweep: setup ## share of two processes that a sweep of 64 small cases uses, and what kill -9 costs it
	@OMP_NUM_THREADS=1 .venv/bin/python tests/benchmarks/sweep_throughput.py $(ARGS)

fuzz: setup ## read ten thousand mutated case files and recipes: each is read, or refused with its problems
	@OMP_NUM_THREADS=1 .venv/bin/python tests/benchmarks/hostile_input.py $(ARGS)

bench-resume: setup ## kill runs at 30 random moments, resume them and compare what they find: runs/benchmarks
	@.venv/bin/python tests/benchmarks/resume_after_kill.py $(ARGS)

clean: ## remove caches and build products; results under runs/ and .venv stay
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache solver/*.egg-info
	@find solver tests .ci -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove .venv as well
	@rm -rf .venv
