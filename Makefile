# Everything by one word; beneath it are utils/setup.sh, the CMake presets and utils/run_tests.py (CONTRIBUTING.md).
#
#   make              set up and build into build/ (programs in build/bin)
#   make test         build, run every test, close with "N passed, N failed, N skipped"
#   make demo         compile a trained vision transformer both ways and classify Fashion-MNIST
#   make bench        measure against ONNX Runtime and PyTorch, in an environment of its own (docs/performance.md)
#   make install      PREFIX=/usr/local
#   make docs         write the generated pages again        make format   clang-format every source
#   make tidy         clang-tidy over the whole tree         make clean    remove the build folders
#
# PRESET=dev|asan|runtime|gcc builds and tests that preset in build-PRESET; SETUP=0 installs nothing; JOBS=N.
PRESET ?= release
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
SETUP ?= 1

CMAKE ?= /usr/bin/cmake
PYTHON := .venv/bin/python
BUILD := build$(if $(filter-out release,$(PRESET)),-$(PRESET))

.DELETE_ON_ERROR:
.PHONY: build setup setup-data test demo bench install docs format tidy clean

build: $(BUILD)/build.ninja
	$(CMAKE) --build $(BUILD) -j $(JOBS)

setup:
	@[ "$(SETUP)" = 0 ] || utils/setup.sh build

setup-data:
	@[ "$(SETUP)" = 0 ] || utils/setup.sh build data

$(BUILD)/build.ninja: CMakePresets.json | setup
	$(CMAKE) --preset $(PRESET)
	@touch $@

test: setup-data build
	@$(PYTHON) utils/run_tests.py --build $(BUILD) --jobs $(JOBS)

demo: setup-data build
	@PYTHONPATH=python RHEOBASE_BUILD=$(BUILD) $(PYTHON) examples/vit-fashion/demo.py --out $(BUILD)/demo

install: build
	$(CMAKE) --install $(BUILD) --prefix $(PREFIX)

docs: setup
	$(PYTHON) utils/gen_onnx_dialect.py
	$(PYTHON) utils/gen_onnx_schemas.py
	$(PYTHON) utils/gen_docs.py
	$(PYTHON) utils/gen_operators_page.py
	$(PYTHON) utils/gen_performance.py

bench: build
	$(PYTHON) bench/run.py --build $(BUILD)

format: setup
	git ls-files -co --exclude-standard '*.c' '*.cpp' '*.h' | xargs clang-format-22 -i

tidy: setup
	$(MAKE) build PRESET=tidy SETUP=0

clean:
	rm -rf build build-dev build-asan build-runtime build-tidy build-gcc
