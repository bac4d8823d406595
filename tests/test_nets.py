"""Networks side by side: each is what it would be alone."""

import pytest
import torch

from lossbook.book.nets import Adam, through


def weights_of(nets):
    """Return, as one list for all, the weights of networks of two layers."""
    layers = zip(*([net[0], net[2]] for net in nets), strict=True)
    return [
        torch.stack(each).detach().requires_grad_()
        for layer in layers
        for each in ([one.weight.T for one in layer], [one.bias[None] for one in layer])
    ]


@pytest.fixture
def nets():
    torch.manual_seed(0)
    return [torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2)).double() for _ in range(2)]


def test_each_network_makes_what_it_makes_alone(nets):
    x = torch.randn(2, 7, 3, dtype=torch.float64)
    alone = torch.stack([net(points) for net, points in zip(nets, x, strict=True)])
    torch.testing.assert_close(through(weights_of(nets), x, torch.tanh), alone)


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.99)])
def test_adam_moves_each_network_as_torchs_does_with_its_rate(nets, betas):
    weights, rates = weights_of(nets), (0.1, 0.03)
    x = torch.randn(2, 7, 3, dtype=torch.float64)
    adam = Adam(weights, betas)
    alone = [torch.optim.Adam(net.parameters(), lr=rate, betas=betas) for net, rate in zip(nets, rates, strict=True)]
    for _ in range(20):
        adam.step((through(weights, x, torch.tanh) ** 2).sum(), torch.tensor(rates)[:, None, None])
        for net, optimiser, points in zip(nets, alone, x, strict=True):
            optimiser.zero_grad()
            (net(points) ** 2).sum().backward()
            optimiser.step()
    for ours, theirs in zip(weights, weights_of(nets), strict=True):
        torch.testing.assert_close(ours, theirs)
