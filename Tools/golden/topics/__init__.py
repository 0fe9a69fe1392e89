"""The topics, in the order in which they are written: one module, one golden file each."""

TOPICS = (
    "random",
    "distributions",
    "promotion",
    "elementwise",
    "integers",
    "shapes",
    "reductions",
    "dot",
    "convolution",
    "windows",
    "indexing",
    "sorting",
    "activations",
    "linalg",
    "corners",
    "transformations",
    "initializers",
    "mlp",
    "stax",
    "optimizers",
)
