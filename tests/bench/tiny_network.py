"""The skeleton of NAS-Bench-201 in PyTorch, around any cells."""

from torch import nn

# The edges of a cell: the node that takes, the node that gives.
EDGES = [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]


def normalised(inputs, outputs, kernel, stride, affine=True):
    """ReLU, convolution, batch normalisation."""
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(nn.ReLU(), convolution, nn.BatchNorm2d(outputs, affine=affine))


def average(stride=1):
    return nn.AvgPool2d(3, stride, 1, count_include_pad=False)


class Reduction(nn.Module):
    """The residual block that halves the sides."""

    def __init__(self, inputs):
        super().__init__()
        self.conv_a, self.conv_b = normalised(inputs, 2 * inputs, 3, 2), normalised(2 * inputs, 2 * inputs, 3, 1)
        self.downsample = nn.Sequential(nn.AvgPool2d(2, 2), nn.Conv2d(inputs, 2 * inputs, 1, bias=False))

    def forward(self, images):
        return self.downsample(images) + self.conv_b(self.conv_a(images))


def stem(colours, channels):
    return nn.Sequential(nn.Conv2d(colours, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))


def body(cell, channels, cells):
    """Three stages of cells; `cell` makes one of a width."""
    blocks = []
    for stage in range(3):
        blocks += [Reduction(channels << (stage - 1))] if stage else []
        blocks += [cell(channels << stage) for _ in range(cells)]
    return blocks


def head(features, norm=True):
    first = [nn.BatchNorm2d(features), nn.ReLU()] if norm else []
    return nn.Sequential(*first, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(features, 10))
