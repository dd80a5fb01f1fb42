"""The plugin contract: what an adapter implements, and how it is announced.

A plugin is a `PluginSpec` named by an entry point in the group of its interface:

    [project.entry-points."genspace.generators"]
    mymodel = "my_package.plugin:SPEC"

The module that holds the spec must be light: it is imported to list capabilities and to check
configuration. Heavy imports (torch, vendor SDKs) belong in the module of the `factory`.
See docs/adapters.md for a complete adapter.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from genspace_core.errors import GenerationError, RateLimits
from genspace_core.identity import identity_of
from genspace_core.types import Camera, Evidence, Sample, Scene, Score, Suite, Task

RGB = NDArray[np.uint8]
P = ParamSpec("P")
R = TypeVar("R")


def one_by_one(function: Callable[..., R], *items: Sequence[Any]) -> list[R | Exception]:
    """Call `function` with each item (of several sequences: one of each), in order.

    What the default `..._batch` methods do: the error of one item is its result, and spares the rest.
    """
    results: list[R | Exception] = []
    for each in zip(*items, strict=True):
        try:
            results.append(function(*each))
        except Exception as error:  # a bug in one item's handling is not the others' fault
            results.append(error)
    return results


# --- pictures are made ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """All a generator is told: never the sample's names or targets, only what a model would see.

    `seed` (31 bits) belongs to this one picture: derived from run seed, sample and image index,
    so batch size and order change nothing. `source` is the (H, W, 3) sRGB picture to edit.
    """

    task: Task
    prompt: str
    seed: int
    source: RGB | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedImage:
    """One picture as the model gave it.

    Attributes:
        data: the encoded file (PNG, JPEG or WebP), kept byte for byte.
        info: JSON-able facts worth keeping (dated model id, revised prompt, watermark flag).
        cost: US dollars actually charged, None if unknown or free.
        answer: the vendor's raw answer, JSON-able, without pictures and secrets (`kept_answer`).
        limits: what the answer's headers told.
    """

    data: bytes
    info: Mapping[str, Any] = field(default_factory=dict)
    cost: float | None = None
    answer: Any = None
    limits: RateLimits | None = None


class Generator(ABC):
    """Prompt (and source picture) -> picture.

    Raise a `genspace_core.errors.GenerationError` subclass to say what happened; pacing and
    retries are the core's work.
    """

    @abstractmethod
    def generate(self, request: GenerationRequest) -> GeneratedImage:
        """Make one picture."""

    def generate_batch(self, requests: Sequence[GenerationRequest]) -> list[GeneratedImage | Exception]:
        """Make several pictures: one result per request, in order; the error of one spares the rest."""
        return one_by_one(self.generate, requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a vendor gave for a picture that it has not finished, or that has to be fetched.

    Attributes:
        data: what is needed to ask for it; JSON-able, without secrets, since it is kept on disk.
        first: seconds until it is asked for.
        every: seconds from then on between asking.
        patience: seconds after which it counts as not ready; the next command asks again.
        limits: what the headers of the order's answer told; not kept.
    """

    data: Mapping[str, Any]
    first: float = 1.0
    every: float = 1.0
    patience: float = 600.0
    limits: RateLimits | None = None


class JobGenerator(Generator):
    """A generator whose pictures are ordered by one call, which costs, and collected by others, which do not.

    The core keeps the job on disk before it collects, so that a picture that was ordered outlives a kill.
    """

    @abstractmethod
    def submit(self, request: GenerationRequest) -> Job | GeneratedImage:
        """Order one picture; or give it at once, where the answer holds it."""

    @abstractmethod
    def collect(self, job: Job) -> GeneratedImage | None:
        """The picture; None while it is not ready.

        Raises:
            ResultLost: there is no such job any more, or its result is gone.
            JobFailed, Refused, InvalidRequest: it will never give a picture.
            GenerationError: it could not be had now; the job is kept, and asked for again.
        """

    def generate(self, request: GenerationRequest) -> GeneratedImage:
        """Order one and wait for it, for those who need no record; the core does it in steps.

        Raises:
            GenerationError: it was not made, or not in time.
        """
        job = self.submit(request)
        if isinstance(job, GeneratedImage):
            return job
        time.sleep(job.first)
        deadline = time.monotonic() + job.patience
        while (made := self.collect(job)) is None:
            if time.monotonic() >= deadline:
                raise GenerationError(f"not ready after {job.patience:.0f} s")
            time.sleep(job.every)
        return made


# --- pictures become scenes ----------------------------------------------------------------------


class Reconstructor(ABC):
    """Picture + object names -> Scene."""

    @abstractmethod
    def reconstruct(self, image: RGB, names: Sequence[str]) -> Scene:
        """Rebuild the picture, (H, W, 3) sRGB, looking for objects of these names (each once).

        Returns every object found, even too many; an object not found is simply absent.

        Raises:
            ReconstructionError: this picture cannot be rebuilt at all.
            PluginError: no picture can (a package or weights are missing); the run stops.
        """

    def reconstruct_batch(
        self, images: Sequence[RGB], names: Sequence[Sequence[str]]
    ) -> list[Scene | Exception]:
        """Rebuild several pictures: one result each, in order; the error of one spares the rest."""
        return one_by_one(self.reconstruct, images, names)

    def keep_in(self, folder: Path) -> None:  # noqa: B027  (most keep nothing)
        """Keep what may be of use again in this folder of the run, which other processes share."""

    def work(self) -> Mapping[str, tuple[int, int]]:
        """By stage, how many results were computed and how many found kept since this was last asked."""
        return {}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Detection:
    """One found object: name, confidence 0-1, box (4,) pixels x0 y0 x1 y1, mask (H, W) bool."""

    name: str
    confidence: float
    box: NDArray[np.float64]
    mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DepthMap:
    """Depth of every pixel.

    Attributes:
        depth: (H, W), metres along z at the image's resolution; 0 or not finite where it is unknown.
        K: (3, 3) intrinsics in pixels, if the model gives them.
        focal: pixels, for a model whose depth is proportional to the focal length: the one that was
            assumed. Whoever knows the camera multiplies `depth` by its focal length over this one.
    """

    depth: NDArray[np.float32]
    K: NDArray[np.float64] | None = None
    focal: float | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Orientation:
    """How an object is turned.

    Attributes:
        rotation: (3, 3), object axes as columns; None with the reason in `note`.
        confidence: 0-1.
        note: why there is no rotation.
        pixel: (2,), the pixel that the axes of `rotation` look through, for a model that is shown a crop
            and answers as if the camera looked straight at it; None: they are the camera's own axes.
    """

    rotation: NDArray[np.float64] | None
    confidence: float
    note: str | None = None
    pixel: NDArray[np.float64] | None = None


class Detector(ABC):
    """Image + names -> boxes and masks."""

    @abstractmethod
    def detect(self, image: RGB, names: Sequence[str]) -> list[Detection]:
        """Find every object of the given names (each once) in the (H, W, 3) sRGB image."""

    def detect_batch(
        self, images: Sequence[RGB], names: Sequence[Sequence[str]]
    ) -> list[list[Detection] | Exception]:
        """Look through several images, each for its own names: one result each, in order."""
        return one_by_one(self.detect, images, names)


class DepthEstimator(ABC):
    """Image -> metric depth."""

    @abstractmethod
    def estimate(self, image: RGB) -> DepthMap:
        """Estimate metric depth of the (H, W, 3) sRGB image."""

    def estimate_batch(self, images: Sequence[RGB]) -> list[DepthMap | Exception]:
        """Estimate several images, which may differ in size: one result each, in order."""
        return one_by_one(self.estimate, images)


class CameraCalibrator(ABC):
    """Image (and its depth) -> intrinsics and gravity."""

    @abstractmethod
    def calibrate(self, image: RGB, depth: DepthMap | None) -> Camera:
        """Estimate the camera of the (H, W, 3) sRGB image.

        Args:
            image: the image.
            depth: its depth, for a calibrator whose `Capabilities.reads` names it; else None.
        """

    def calibrate_batch(
        self, images: Sequence[RGB], depths: Sequence[DepthMap | None]
    ) -> list[Camera | Exception]:
        """Estimate the cameras of several images: one result each, in order."""
        return one_by_one(self.calibrate, images, depths)


class OrientationEstimator(ABC):
    """Image + detected objects -> one rotation per object."""

    @abstractmethod
    def orient(self, image: RGB, detections: Sequence[Detection]) -> list[Orientation]:
        """Estimate each detection's orientation, in order.

        It is not told the camera, so that what it finds outlives a change of depth or camera: a model
        that looks at a crop says so with `Orientation.pixel`, and the core turns its answer.
        """

    def orient_batch(
        self, images: Sequence[RGB], detections: Sequence[Sequence[Detection]]
    ) -> list[list[Orientation] | Exception]:
        """Estimate the objects of several images: one result each, in order."""
        return one_by_one(self.orient, images, detections)


# --- scenes become scores ------------------------------------------------------------------------


class Metric(ABC):
    """Sample + Evidence -> Score. Models never touch metrics, metrics never see models."""

    needs: frozenset[str] = frozenset({"scene"})
    """The `Evidence` fields this metric reads: "scene", "image"; of an edit also "scene_before", "source"."""

    @abstractmethod
    def score(self, sample: Sample, evidence: Evidence) -> Score:
        """Judge one picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One vote of a judge.

    Attributes:
        value: 0-1.
        reason: in the judge's words.
        cost, answer, limits: as of a `GeneratedImage`.
    """

    value: float
    reason: str = ""
    cost: float | None = None
    answer: Any = None
    limits: RateLimits | None = None


class Judge(Metric):
    """A metric that asks a model about the picture itself; no scene is needed.

    Every vote is a call of its own, which the core paces, tries again, pays for once and keeps. Its
    `Capabilities.reads` is {"image"}.
    """

    needs = frozenset({"image", "source"})
    votes: int = 1
    """How many calls are made for a picture."""

    @abstractmethod
    def ask(self, sample: Sample, evidence: Evidence, vote: int) -> Opinion:
        """Have one vote, the `vote`-th from 0; raise a `GenerationError` subclass as a generator does."""

    def asks_with(self) -> Mapping[str, Any] | None:
        """The part of the configuration's identity that decides a vote; None for all of it.

        Votes are kept by it, so that a changed threshold, say, asks for none anew.
        """
        return None

    @abstractmethod
    def decide(self, sample: Sample, opinions: Sequence[Opinion]) -> Score:
        """The score that the votes come to; an undecidable one where there is none, all being refused."""

    def score(self, sample: Sample, evidence: Evidence) -> Score:
        """Have all votes, for those who keep none; the core does it in steps."""
        return self.decide(sample, [self.ask(sample, evidence, vote) for vote in range(self.votes)])


# --- where it runs -------------------------------------------------------------------------------


class Executor(ABC):
    """Where stages run. Results come back as futures, in any order."""

    slots: int
    """How many calls run at once."""

    @abstractmethod
    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run a picklable call somewhere."""

    def lane(self, name: str, slots: int | None = None) -> Executor:  # noqa: ARG002
        """A share of this executor with workers of its own, where it has such; it ends with the executor.

        What the calls of a lane load is then loaded by its workers alone. An executor without lanes does
        everything everywhere.

        Args:
            name: "make" for pictures made, "judge" for pictures rebuilt and scored.
            slots: the most workers it may have, None for as many as there are, 0 where no call will follow.
                Calls of one lane follow one use: asked for anew with other slots, it may end the workers it
                had.
        """
        return self

    @abstractmethod
    def shutdown(self) -> None:
        """Drop what has not started, wait for what has, free the workers."""


# --- how a plugin is announced -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One set of weights that a plugin loads.

    Attributes:
        name: id on the Hugging Face hub, URL, or a local folder.
        revision: exact revision (a commit, or the fingerprint of local files), or the branch asked for.
        licence: SPDX id or name; None when it is not known.
        noncommercial: the licence forbids commercial use; said aloud when a run starts.
        size: bytes to fetch, None when not known.
        gated: the hub asks for an account that was granted access.
        files: patterns of the files in the repository that are loaded, as a shell has them ("*" goes through
            folders); those that start with "!" are left out. Empty: what a library would load of it.
        variant: where `files` is empty, the set of weights to take where a folder has it, e.g. "fp16".
    """

    name: str
    revision: str
    licence: str | None = None
    noncommercial: bool = False
    size: int | None = None
    gated: bool = False
    files: tuple[str, ...] = ()
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Declared facts about a plugin; planner, command line and conformance kit read them.

    Attributes:
        tasks: what a generator does: "t2i", "edit".
        seeds: the same seed gives the same picture.
        max_batch: the most items that its `..._batch` method takes at once.
        max_concurrency: calls that may be in flight at once; None for no limit of its own.
        network: leaves this machine. Several threads of one process then call the plugin at once, and
            the core paces them; results are written to the disk itself before they count.
        account: whose limits its calls share, such as "openai api.openai.com OPENAI_API_KEY"; no secret.
        requests_per_minute: the account's limit, None when not known: it is found out.
        seconds: that one call usually takes, None when not known.
        gpu: "no", "optional" or "required".
        memory: bytes of GPU memory that its weights take, None when not known.
        price: US dollars for one picture, or for one vote of a judge; None when unknown, 0 when free.
        price_most: the most it can come to, where that is more; None where it cannot.
        votes: of a judge, how many are had of each picture.
        ends: the day on which the vendor shuts the model down.
        weights: every set it loads; their names and revisions are part of the identity of what it makes.
        reads: what it is given beside its usual input: {"depth"} for some camera calibrators. Of a metric:
            {"image"} says that it looks at the picture alone, and needs no scene.
    """

    tasks: frozenset[Task] = frozenset()
    seeds: bool = True
    max_batch: int = 1
    max_concurrency: int | None = None
    network: bool = False
    account: str = ""
    requests_per_minute: float | None = None
    seconds: float | None = None
    gpu: str = "no"
    memory: int | None = None
    price: float | None = 0.0
    price_most: float | None = None
    votes: int = 1
    ends: date | None = None
    weights: tuple[Weights, ...] = ()
    reads: frozenset[str] = frozenset()

    @property
    def weights_revision(self) -> str | None:
        """All weights in one text, e.g. "org/model@0a1b2c"; None when there are none.

        Local files are known by their fingerprint, wherever they lie.
        """
        told = (
            one.revision if one.revision.startswith("sha256:") else f"{one.name}@{one.revision}"
            for one in self.weights
        )
        return " + ".join(told) or None


@dataclass(frozen=True, slots=True)
class NotIdentity:
    """Marks a config field that does not change the output (device, time-out, batch size).

    Write `device: Annotated[str, NotIdentity()] = "cpu"`, around the field's whole type. Unmarked
    fields are part of the content keys: changing one makes pictures, scenes or scores anew.
    """


class PluginConfig(BaseModel):
    """Base of every plugin's configuration: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def identity(self) -> dict[str, Any]:
        """The fields that change the output and differ from their defaults, JSON-able, by name.

        A field at its default is left out, so that a new option makes nothing anew that was made
        before it existed. Hence: whoever changes a default raises `PluginSpec.version`.
        """
        return identity_of(self, NotIdentity)

    def require(self) -> None:
        """Complain of what is missing on this machine before any plugin of a command is used, such as a key.

        Raises:
            PluginError: what, and how to mend it.
        """

    def capabilities(self, declared: Capabilities) -> Capabilities:
        """What the plugin can do as it is configured here; override where one plugin serves many models.

        Args:
            declared: those of the `PluginSpec`, the widest of any configuration.
        """
        return declared


T = TypeVar("T", Generator, Reconstructor, Detector, DepthEstimator, CameraCalibrator, OrientationEstimator,
            Metric, Executor, Suite)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSpec(Generic[T]):
    """What an entry point names.

    Attributes:
        interface: the class that `factory` returns an instance of.
        factory: called with the config; or "package.module:function", imported when first used.
        config: its pydantic model, with a default and a description for every field.
        capabilities: declared facts, of any configuration; `PluginConfig.capabilities` narrows them.
        version: of the *output*: raise it when the same config would give another result. It is
            part of the content keys, so a mere release does not make a paid picture anew.
        summary: one line for `genspace plugins`.
    """

    interface: type[Any]  # not type[T]: type checkers refuse an abstract class there
    factory: Callable[..., T] | str
    config: type[PluginConfig] = PluginConfig
    capabilities: Capabilities = field(default_factory=Capabilities)
    version: str = "1"
    summary: str = ""
