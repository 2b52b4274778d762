"""A spiking network whose convolutions are made of few sign kernels, to train and to deploy.

While training, each 3 x 3 kernel of a sub-bit convolution is the sign kernel of its layer's codebook that is nearest to
it, times a scale for each output (S2NN, arXiv 2509.24266; gradients pass straight through). `deploy` makes the same
network of integers: kernels of -1 and 1, pixels and weights of the first and last layer as they are stored, and what
scales them behind each sum, batch normalisation and all, as two numbers for a channel.
"""
import torch
import torch.nn.functional as F
from torch import nn

STEPS = 4
WIDTHS = (32, 64, 128, 256)
CLASSES = 10
POSITIONS = 9  # of the last map
BYTE = 127
THRESHOLD, LEAK = 1.0, 0.5


class Spike(torch.autograd.Function):
    """1 from the threshold on; backwards a triangle of width 1 to either side."""

    @staticmethod
    def forward(ctx, v):
        ctx.save_for_backward(v)
        return (v >= THRESHOLD).to(v.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (v,) = ctx.saved_tensors
        return gradient * (1 - (v - THRESHOLD).abs()).clamp(min=0)


def fire(currents):
    """Leaky integrate-and-fire neurons with a hard reset: spikes of each step."""
    v, spikes = torch.zeros_like(currents[0]), []
    for current in currents:
        v = v * LEAK + current
        spike = Spike.apply(v)
        v = v * (1 - spike)
        spikes.append(spike)
    return torch.stack(spikes)


def straight(weights, rounded):
    """The value of `rounded`, the gradient of `weights`."""
    return weights + (rounded - weights).detach()


def byte_codes(weights):
    """Integers of -127 to 127 and a scale for each output."""
    scale = weights.detach().flatten(1).abs().amax(1) / BYTE
    shape = (-1,) + (1,) * (weights.dim() - 1)
    return torch.round(weights.detach() / scale.view(shape)), scale


class ByteConv(nn.Conv2d):
    """A convolution of 8 bits, of pixels of 0 to 1."""

    def codes(self):
        codes, scale = byte_codes(self.weight)
        return codes, scale / 255

    def forward(self, x):
        codes, scale = byte_codes(self.weight)
        return self._conv_forward(x, straight(self.weight, codes * scale.view(-1, 1, 1, 1)), None)


class SubBitConv(nn.Conv2d):
    """A convolution of 3 x 3 kernels out of 2^eta; of signs alone until `choose` has been called."""

    def __init__(self, inputs, outputs, eta):
        super().__init__(inputs, outputs, 3, padding=1, bias=False)
        self.eta = eta
        self.register_buffer("codebook", torch.zeros(0, 9))

    def patterns(self):
        return torch.where(self.weight.detach().flatten(2) >= 0, 1.0, -1.0)

    def choose(self):
        """The codebook: the sign kernels that most kernels have."""
        powers = 2 ** torch.arange(9)
        number = ((self.patterns() > 0) * powers).sum(-1).flatten()
        common = torch.bincount(number, minlength=512).argsort(descending=True, stable=True)[: 2**self.eta]
        self.codebook = torch.where((common[:, None] & powers) > 0, 1.0, -1.0)

    def codes(self):
        """The kernels and the scales."""
        kernels = self.weight.detach().flatten(2)
        if len(self.codebook):  # of sign kernels the nearest is the one with the largest product
            signs = self.codebook[(kernels @ self.codebook.T).argmax(-1)]
        else:
            signs = self.patterns()
        return signs.view_as(self.weight), kernels.abs().mean((1, 2))

    def forward(self, x):
        signs, scale = self.codes()
        return self._conv_forward(x, straight(self.weight, signs * scale.view(-1, 1, 1, 1)), None)


class Network(nn.Module):
    """What is trained: pixels of 0 to 1 in, logits out; steps are part of the batch between the neurons."""

    def __init__(self, eta):
        super().__init__()
        layers = [ByteConv(1, WIDTHS[0], 3, stride=2, padding=1, bias=False)]
        layers += [SubBitConv(a, b, eta) for a, b in zip(WIDTHS, WIDTHS[1:])]
        self.convs = nn.ModuleList(layers)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in WIDTHS)
        self.head = nn.Linear(WIDTHS[-1], CLASSES)

    def currents(self, layer, x):
        y = self.norms[layer](self.convs[layer](x))
        return y.view(STEPS, -1, *y.shape[1:])

    def forward(self, x):
        spikes = fire([self.norms[0](self.convs[0](x))] * STEPS)
        for layer in range(1, len(WIDTHS)):
            if layer > 1:
                spikes = F.max_pool2d(spikes.flatten(0, 1), 2).unflatten(0, (STEPS, -1))
            spikes = fire(self.currents(layer, spikes.flatten(0, 1)))
        codes, scale = byte_codes(self.head.weight)
        counts = spikes.sum((0, 3, 4))
        weights = straight(self.head.weight, codes * scale[:, None])
        return F.linear(counts / (STEPS * POSITIONS), weights, self.head.bias)


class Affine(nn.Module):
    """What is left of a layer's scales and its normalisation."""

    def __init__(self, scale, norm):
        super().__init__()
        deviation = torch.sqrt(norm.running_var + norm.eps)
        factor = norm.weight.detach() / deviation
        self.register_buffer("scale", (scale * factor).view(1, -1, 1, 1))
        self.register_buffer("offset", (norm.bias.detach() - norm.running_mean * factor).view(1, -1, 1, 1))

    def forward(self, x):
        return x * self.scale + self.offset


class Deployed(nn.Module):
    """The trained network on integers: bytes of pixels in, logits out, one step after the other."""

    def __init__(self, network):
        super().__init__()
        self.strides = [conv.stride for conv in network.convs]
        kernels, self.affines = [], nn.ModuleList()
        for conv, norm in zip(network.convs, network.norms):
            codes, scale = conv.codes()
            kernels.append(nn.Parameter(codes, requires_grad=False))
            self.affines.append(Affine(scale, norm))
        self.kernels = nn.ParameterList(kernels)
        codes, scale = byte_codes(network.head.weight)
        self.head = nn.Parameter(codes, requires_grad=False)
        self.register_buffer("scale", scale / (STEPS * POSITIONS))
        self.register_buffer("bias", network.head.bias.detach())

    def current(self, layer, x):
        return self.affines[layer](F.conv2d(x, self.kernels[layer], stride=self.strides[layer], padding=1))

    def forward(self, pixels):
        image = self.current(0, pixels.float())
        potentials, counts = [0.0] * len(WIDTHS), 0.0
        for _ in range(STEPS):
            for layer in range(len(WIDTHS)):
                if layer > 1:
                    spikes = F.max_pool2d(spikes, 2)
                v = potentials[layer] * LEAK + (self.current(layer, spikes) if layer else image)
                spikes = (v >= THRESHOLD).float()
                potentials[layer] = v * (1 - spikes)
            counts = counts + spikes
        return F.linear(counts.sum((2, 3)), self.head) * self.scale + self.bias
