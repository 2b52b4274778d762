"""What the package raises."""


class Error(Exception):
    """An error of Rheobase; its text says what was found, what was expected and what to try."""


class CompileError(Error):
    """snn-opt refused the model, or could not be run."""


class RunError(Error):
    """The runtime refused an artifact or a call; `code` is the C API's: "corrupt", "invalid argument", ..."""

    def __init__(self, message: str, code: str = "failed"):
        super().__init__(message)
        self.code = code
