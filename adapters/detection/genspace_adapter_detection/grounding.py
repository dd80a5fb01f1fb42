"""Grounding DINO, MM Grounding DINO and LLMDet: one query a name, so that phrases cannot merge.

Asked for "a car. a truck." in one go these models answer with pieces of the prompt, such as "car truck" or
nothing. Here every name is a prompt of its own, and what it finds bears that name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genspace_adapter_detection.boxes import clip, corners
from genspace_adapter_detection.checkpoints import Family, Loaded
from genspace_adapter_detection.config import GroundingConfig
from genspace_adapter_detection.found import Found
from genspace_adapter_detection.numbers import gather, to_numpy
from genspace_adapter_detection.queries import write_query
from genspace_core.errors import ReconstructionError

NOT_WORDS = frozenset({"a", "an", "the", ".", "?"})


@dataclass(frozen=True, slots=True)
class Question:
    """One name to look for in one picture."""

    picture: int
    name: str


class GroundingFinder:
    """Boxes for names, of pictures of any sizes."""

    def __init__(self, loaded: Loaded, family: Family, config: GroundingConfig) -> None:
        self.loaded, self.config = loaded, config
        self.pixels = loaded.image_processor(family)
        self.tokenizer = loaded.tokenizer(family)

    def find(self, images: list[NDArray[np.uint8]], names: list[list[str]]) -> list[Found]:
        """Candidates of each picture, in order.

        Raises:
            ReconstructionError: the model knows no word of a name.
        """
        prepared = [self.pixels(Image.fromarray(image), return_tensors="pt").pixel_values for image in images]
        parts: list[list[Found]] = [[] for _ in images]
        for questions in self._batches(prepared, names):
            pixels = self.loaded.torch.cat([prepared[each.picture] for each in questions])
            sizes = [images[each.picture].shape[:2] for each in questions]
            for question, found in zip(
                questions, self._ask([q.name for q in questions], pixels, sizes), strict=True
            ):
                parts[question.picture].append(found)
        return [gather(each) for each in parts]

    def _batches(self, prepared: Sequence[Any], names: list[list[str]]) -> Iterator[list[Question]]:
        """Questions about pictures of one prepared size: padding smaller ones would change what is found."""
        same: dict[tuple[int, ...], list[Question]] = {}
        for picture, each in enumerate(names):
            asked = same.setdefault(tuple(prepared[picture].shape), [])
            asked.extend(Question(picture, name) for name in each)
        for questions in same.values():
            for start in range(0, len(questions), self.config.batch_size):
                yield questions[start : start + self.config.batch_size]

    def _ask(self, names: list[str], pixels: Any, sizes: list[tuple[int, ...]]) -> list[Found]:
        """One name for each of the prepared pictures (n, 3, h, w).

        Raises:
            ReconstructionError: the model knows no word of a name.
        """
        texts = [write_query(self.config.query, name).lower() for name in names]
        tokens = self.tokenizer(texts, padding=True, return_tensors="pt").to(self.loaded.device)
        words = [self._known_words(*one) for one in zip(names, tokens.input_ids.tolist(), strict=True)]
        outputs = self.loaded.model(pixel_values=self.loaded.inputs(pixels), **tokens)
        return [
            self._found(name, to_numpy(logits), to_numpy(boxes), word, size)
            for name, logits, boxes, word, size in zip(
                names, outputs.logits.sigmoid(), outputs.pred_boxes, words, sizes, strict=True
            )
        ]

    def _known_words(self, name: str, ids: list[int]) -> NDArray[np.intp]:
        words = self._words(ids)
        if {ids[i] for i in words} == {self.tokenizer.unk_token_id}:  # it would find anything
            raise ReconstructionError(
                f'the detector\'s tokenizer knows no word of "{name}"; write it in English, in Latin letters'
            )
        return words

    def _words(self, ids: list[int]) -> NDArray[np.intp]:
        """Places of the tokens that are words, not articles, stops or padding."""
        texts = self.tokenizer.convert_ids_to_tokens(ids)
        frame = {self.tokenizer.cls_token_id, self.tokenizer.sep_token_id, self.tokenizer.pad_token_id}
        return np.array(
            [i for i, (each, text) in enumerate(zip(ids, texts, strict=True))
             if each not in frame and text not in NOT_WORDS],
            np.intp,
        )  # fmt: skip

    def _found(
        self,
        name: str,
        scores: NDArray[np.float64],
        boxes: NDArray[np.float64],
        words: NDArray[np.intp],
        size: tuple[int, ...],
    ) -> Found:
        """From (queries, tokens) scores and (queries, 4) boxes, centre and size in shares of the picture."""
        best = scores.max(axis=1)
        named = scores[:, words].max(axis=1, initial=0.0)
        keep = (best > self.config.box_threshold) & (named > self.config.text_threshold)
        height, width = size[:2]
        scaled = corners(boxes[keep]) * np.array([width, height, width, height], np.float64)
        return Found(np.full(keep.sum(), name), best[keep], clip(scaled, height, width))
