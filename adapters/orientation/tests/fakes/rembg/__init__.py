"""Stands in for the package `rembg` (2.0.86): its signatures; what is not white is the object."""

import numpy as np
from PIL import Image

CALLS = []


class Session:
    def __init__(self, model_name):
        self.model_name = model_name


def new_session(model_name="bria-rmbg", *args, sess_opts=None, **kwargs):
    if model_name not in {"u2net", "bria-rmbg"}:
        raise ValueError(f"No session class found for model '{model_name}'")
    return Session(model_name)


def remove(
    data,
    alpha_matting=False,
    alpha_matting_foreground_threshold=240,
    alpha_matting_background_threshold=10,
    alpha_matting_erode_size=10,
    session=None,
    only_mask=False,
    post_process_mask=False,
    decontaminate=False,
    vitmatte=False,
    vitmatte_model=None,
    bgcolor=None,
    force_return_bytes=False,
    *args,
    **kwargs,
):
    assert isinstance(data, Image.Image)
    assert only_mask
    CALLS.append((session.model_name, data.size))
    if data.size == (1, 1):
        raise ValueError("cannot\nreshape")
    return Image.fromarray(np.where(np.asarray(data).min(axis=2) < 255, 255, 0).astype(np.uint8))
