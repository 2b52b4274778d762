"""The lit suite: tests of the compiler's passes and of both programs, through their command lines.

Substitutions   %python (the virtual environment's), %shared (the project's shared data, beside the checkout), %S, %s, %t
Features        shared (that folder is there), compiler (snn-opt was built), asan (sanitizers are on), fashion-mnist
Programs        snn-opt, snn-run from the build; FileCheck, not, count, split-file from LLVM
"""

import os

import lit.formats

config.name = "rheobase"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["unit", "e2e", "Inputs", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.rheobase_build, "test")

shared = os.path.join(os.path.dirname(config.rheobase_source), "shared")
config.substitutions.append(("%python", os.path.join(config.rheobase_source, ".venv", "bin", "python")))
config.substitutions.append(("%shared", shared))


def is_on(cmake_value):
    return cmake_value.upper() in ("ON", "TRUE", "YES", "1")


features = {
    "shared": os.path.isdir(shared),
    "compiler": is_on(config.rheobase_compiler),
    "asan": is_on(config.rheobase_sanitize),
    "fashion-mnist": os.path.isdir("/usr/share/datasets/fashion-mnist"),
}
config.available_features.update(name for name, there in features.items() if there)

path = [os.path.join(config.rheobase_build, "bin"), config.llvm_tools, "/usr/bin", "/bin"]
config.environment["PATH"] = os.pathsep.join(folder for folder in path if folder)
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
