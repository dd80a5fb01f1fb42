"""Vision-language judges: metrics that ask a model about the picture, as the paper's baseline does."""
