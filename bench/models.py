"""The models that are measured: random weights of a fixed seed, in the sizes that their names stand for.

Each is a folder with model.onnx, calibration.npz (samples on the first axis), input.npz (one inference) and, for a
model that continues a sequence, prompt.npz (what is run before it). Speed does not depend on what the weights say,
sizes and operators count.
"""

import pathlib
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from typing import Callable

import numpy as np

from bench import environment

SEED = 0
SAMPLES = 8
SEQUENCE = 128
OPSET = 17


@dataclass(frozen=True)
class Model:
    """`export` writes the folder; `tokens` are those that one inference gives; `states` as for snn-opt's --state."""

    title: str
    export: Callable[[pathlib.Path], None]
    tokens: int = 0
    states: tuple[str, ...] = ()


def _export(module, inputs, names, outputs, path):
    import torch

    module.eval()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, inputs, str(path), input_names=names, output_names=outputs, opset_version=OPSET, dynamo=False)


def _picking(model, pick):
    """`model` as a module of positional arguments and one result."""
    import torch

    class Picking(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *arguments):
            return pick(self.model, *arguments)

    return Picking()


def _save(folder, samples, single):
    np.savez(folder / "calibration.npz", **samples)
    np.savez(folder / "input.npz", **single)


def _images(folder, module):
    import torch

    _export(module, (torch.randn(1, 3, 224, 224),), ["pixel_values"], ["logits"], folder / "model.onnx")
    random = np.random.default_rng(SEED)
    pixels = random.standard_normal((SAMPLES + 1, 3, 224, 224)).astype(np.float32)
    _save(folder, {"pixel_values": pixels[1:]}, {"pixel_values": pixels[:1]})


def _vit(folder):
    from transformers import ViTConfig, ViTForImageClassification

    _images(folder, _picking(ViTForImageClassification(ViTConfig(num_labels=1000)), lambda model, x: model(x).logits))


def _resnet(folder):
    import torch
    from transformers import ResNetConfig, ResNetForImageClassification

    model = ResNetForImageClassification(ResNetConfig(num_labels=1000))
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # a normalisation that says nothing would be folded to nothing
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    _images(folder, _picking(model, lambda model, x: model(x).logits))


def _tokens(vocabulary):
    random = np.random.default_rng(SEED)
    return random.integers(0, vocabulary, (SAMPLES + 1, SEQUENCE))


def _bert(folder):
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig()
    module = _picking(BertModel(config), lambda model, ids, mask: model(ids, attention_mask=mask).last_hidden_state)
    tokens = _tokens(config.vocab_size)
    mask = np.ones_like(tokens)
    given = (torch.from_numpy(tokens[:1]), torch.from_numpy(mask[:1]))
    _export(module, given, ["input_ids", "attention_mask"], ["last_hidden_state"], folder / "model.onnx")
    _save(folder, {"input_ids": tokens[1:], "attention_mask": mask[1:]}, {"input_ids": tokens[:1], "attention_mask": mask[:1]})


def _gpt2_model():
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(GPT2Config(attn_implementation="eager"))


def _gpt2(folder):
    import torch

    model = _gpt2_model()
    tokens = _tokens(model.config.vocab_size)
    module = _picking(model, lambda model, ids: model(ids, use_cache=False).logits).eval()
    # The older exporter does not follow this model's masks.
    torch.onnx.export(
        module, (torch.from_numpy(tokens[:1]),), str(folder / "model.onnx"), input_names=["input_ids"],
        output_names=["logits"], dynamo=True, external_data=False, verbose=False)
    _save(folder, {"input_ids": tokens[1:]}, {"input_ids": tokens[:1]})


def _gpt2_decode(folder):
    """With its cache as inputs and outputs, as Optimum writes it: one token after SEQUENCE others."""
    from optimum.exporters.onnx import main_export

    model = _gpt2_model()
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        main_export(scratch, scratch + "/onnx", task="text-generation-with-past", do_validation=False, no_post_process=True)
        shutil.copy(scratch + "/onnx/model.onnx", folder / "model.onnx")
    config = model.config
    tokens = _tokens(config.vocab_size)
    samples = _cached(config, tokens[1:], 0)
    np.savez(folder / "prompt.npz", **_cached(config, tokens[:1], 0))
    _save(folder, samples, _cached(config, tokens[:1, :1], SEQUENCE))


def _cached(config, tokens, past):
    """Inputs of a decoder that has seen `past` tokens, its cache filled with random numbers."""
    rows, length = tokens.shape
    random = np.random.default_rng(SEED)
    shape = (rows, config.n_head, past, config.n_embd // config.n_head)
    made = {
        "input_ids": tokens,
        "attention_mask": np.ones((rows, past + length), np.int64),
        "position_ids": np.tile(np.arange(past, past + length), (rows, 1)),
    }
    for layer in range(config.n_layer):
        for part in ("key", "value"):
            made[f"past_key_values.{layer}.{part}"] = random.standard_normal(shape).astype(np.float32)
    return made


MODELS = {
    "vit": Model("ViT-B/16, batch 1", _vit),
    "bert": Model("BERT-base, sequence 128", _bert),
    "gpt2": Model("GPT-2 124M, prefill 128, all logits", _gpt2, tokens=SEQUENCE),
    "gpt2-decode": Model("GPT-2 124M, one token after 128", _gpt2_decode, tokens=1, states=("past_key_values",)),
    "resnet": Model("ResNet-50", _resnet),
}


def folder_of(name):
    return environment.FOLDER / "models" / name


def prepare(name):
    """The folder of a model, exported when it is not there yet."""
    target = folder_of(name)
    if target.exists():
        return target
    import torch

    torch.manual_seed(SEED)
    scratch = folder_of(f"{name}.part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    MODELS[name].export(scratch)
    scratch.rename(target)
    return target
