"""What the models share whose density the loss states in full."""


class OneAnswer:
    """What the models of one answer among several share, or of a point's whole density: the loss is −log q itself."""

    def scale(self) -> float:
        """Return what divides the loss: 1."""
        return 1.0

    def constant(self) -> float:
        """Return what the loss leaves out: nothing, since the probabilities sum to 1 already."""
        return 0.0
