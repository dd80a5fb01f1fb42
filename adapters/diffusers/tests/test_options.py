"""Options of the configuration, on a tiny SDXL."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from adapters.diffusers.tests.conftest import Build
from genspace_adapter_diffusers.config import PipelineConfig
from genspace_adapter_diffusers.generator import DiffusersGenerator, build
from genspace_adapter_diffusers.testing.pipelines import pixels
from genspace_core.errors import ConfigError, GenerationError, GenSpaceError, PluginError
from genspace_core.interfaces import GeneratedImage, GenerationRequest

REQUEST = GenerationRequest(task="t2i", prompt="A photo of one dog.", seed=5)


def picture(generator: DiffusersGenerator) -> NDArray[np.uint8]:
    return pixels(generator.generate(REQUEST))


@pytest.fixture(scope="module")
def usual(sdxl: Path) -> NDArray[np.uint8]:
    config = {"checkpoint": str(sdxl), "device": "cpu", "steps": 2, "width": 32, "height": 32}
    return picture(build(PipelineConfig.model_validate(config)))


@pytest.mark.parametrize(
    "keys",
    [
        {"steps": 3},
        {"guidance": 9.0},
        {"negative_prompt": "blurred"},
        {"scheduler": "DDIMScheduler"},
        {"scheduler_config": {"timestep_spacing": "trailing"}},
        {"arguments": {"guidance_rescale": 0.7}},
        {"dtype": "bfloat16"},
    ],
    ids=lambda keys: next(iter(keys)),
)
def test_it_changes_the_picture_and_the_identity(
    built: Build, usual: NDArray[np.uint8], sdxl: Path, keys: dict[str, Any]
) -> None:
    assert not np.array_equal(picture(built(**keys)), usual)
    plain = PipelineConfig(checkpoint=str(sdxl))
    assert PipelineConfig.model_validate({"checkpoint": str(sdxl), **keys}).identity() != plain.identity()


@pytest.mark.parametrize(
    "keys",
    [{"batch_size": 1}, {"local_files_only": True}],
    ids=lambda k: next(iter(k)),
)
def test_it_changes_neither(built: Build, usual: NDArray[np.uint8], sdxl: Path, keys: dict[str, Any]) -> None:
    assert np.array_equal(picture(built(**keys)), usual)
    plain = PipelineConfig(checkpoint=str(sdxl))
    assert PipelineConfig.model_validate({"checkpoint": str(sdxl), **keys}).identity() == plain.identity()


def test_decoding_one_by_one_changes_neither(built: Build, sdxl: Path) -> None:
    """In a batch, that is: alone, there is nothing to slice."""
    requests = [REQUEST, GenerationRequest(task="t2i", prompt="A cup.", seed=6)]
    together, sliced = (
        built(vae_slicing=sliced, batch_size=2).generate_batch(requests) for sliced in (False, True)
    )
    for one, other in zip(together, sliced, strict=True):
        assert isinstance(one, GeneratedImage)
        assert isinstance(other, GeneratedImage)
        assert one.info["batch"] == other.info["batch"] == 2
        assert np.abs(pixels(one).astype(int) - pixels(other)).max() <= 1
    sliced_config = PipelineConfig(checkpoint=str(sdxl), vae_slicing=True)
    assert sliced_config.identity() == PipelineConfig(checkpoint=str(sdxl)).identity()


def test_the_decoder_works_in_tiles(built: Build) -> None:
    generator = built(vae_tiling=True, vae_slicing=True)
    assert generator.pipeline.vae.use_tiling
    assert generator.pipeline.vae.use_slicing


def test_a_size_is_obeyed(built: Build) -> None:
    assert picture(built(width=64, height=48)).shape == (48, 64, 3)


@pytest.mark.slow
def test_a_compiled_network_makes_the_same_picture(
    built: Build, usual: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a backend that writes no code: a C++ compiler would take half a minute."""
    import torch

    compiled = torch.nn.Module.compile
    graphs: list[Any] = []

    def captured(graph: Any, inputs: Any) -> Any:
        graphs.append(graph)
        return torch._dynamo.lookup_backend("aot_eager")(graph, inputs)

    def quicker(network: Any, **told: Any) -> None:
        compiled(network, **told, backend=captured)

    monkeypatch.setattr(torch.nn.Module, "compile", quicker)
    generator = built(compile=True)
    assert np.abs(picture(generator).astype(int) - usual).max() <= 1
    assert graphs
    assert _is_compiled(generator.pipeline.unet)


def _is_compiled(network: Any) -> bool:
    return any(module._compiled_call_impl is not None for module in network.modules())


def test_a_lora_is_applied_at_its_scale(
    built: Build, usual: NDArray[np.uint8], sdxl: Path, tmp_path: Path
) -> None:
    _save_lora(sdxl, tmp_path)
    strong, none = built(lora=str(tmp_path)), built(lora=str(tmp_path), lora_scale=0.0)
    assert not np.array_equal(picture(strong), usual)
    assert np.array_equal(picture(none), usual)
    config = PipelineConfig(checkpoint=str(sdxl), lora=str(tmp_path))
    weights = config.capabilities(config_spec()).weights
    assert [one.name for one in weights] == [str(sdxl), str(tmp_path)]


def config_spec() -> Any:
    from genspace_adapter_diffusers.plugin import DIFFUSERS

    return DIFFUSERS.capabilities


def _save_lora(sdxl: Path, folder: Path) -> None:
    import torch
    from diffusers import StableDiffusionXLPipeline
    from peft import LoraConfig, get_peft_model_state_dict

    unet = StableDiffusionXLPipeline.from_pretrained(sdxl).unet
    with torch.random.fork_rng():
        torch.manual_seed(3)
        unet.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights="gaussian"))
        for name, weight in unet.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight)
    StableDiffusionXLPipeline.save_lora_weights(folder, unet_lora_layers=get_peft_model_state_dict(unet))


def test_a_part_comes_from_elsewhere(
    built: Build, usual: NDArray[np.uint8], sdxl: Path, tmp_path: Path
) -> None:
    from diffusers import AutoencoderKL

    vae = AutoencoderKL.from_pretrained(sdxl, subfolder="vae")
    for weight in vae.decoder.conv_out.parameters():
        weight.data.mul_(-1)
    vae.save_pretrained(tmp_path)
    part = {"library": "diffusers", "class": "AutoencoderKL", "checkpoint": str(tmp_path)}
    assert not np.array_equal(picture(built(parts={"vae": part})), usual)


WRONG: list[tuple[dict[str, Any], type[GenSpaceError], str]] = [
    ({"arguments": {"gidance_scale": 3.0}}, ConfigError, "arguments.gidance_scale.*takes no.*guidance_scale"),
    ({"arguments": {"generator": 3}}, ConfigError, "arguments.generator"),
    ({"arguments": {"num_images_per_prompt": 2}}, ConfigError, "arguments.num_images_per_prompt"),
    ({"scheduler": "NoSuchScheduler"}, ConfigError, "scheduler: diffusers .* has no NoSuchScheduler"),
    ({"scheduler": "AutoencoderKL"}, ConfigError, "scheduler: AutoencoderKL cannot take.*DDIMScheduler"),
    ({"scheduler": "FlowMatchEulerDiscreteScheduler"}, ConfigError, "scheduler: FlowMatch.*cannot take"),
    (
        {"scheduler_config": {"use_karas_sigmas": True}},
        ConfigError,
        r"scheduler_config\.use_karas_sigmas: a Euler.*use_karras_sigmas",
    ),
    ({"quantization": "quanto", "quantized": ["nose"]}, ConfigError, "quantized: .*no network nose.*unet"),
    ({"quantization": "quanto", "quantized": ["scheduler"]}, ConfigError, "no network scheduler.*unet"),
    (
        {
            "device_map": "balanced",
            "parts": {"vae": {"library": "diffusers", "class": "AutoencoderKL", "checkpoint": "SDXL/vae"}},
        },
        ConfigError,
        r"device_map: nothing would place parts\.vae",
    ),
    ({"pipeline": "NoSuchPipeline"}, ConfigError, "pipeline: diffusers .* has no NoSuchPipeline"),
    ({"offload": "model"}, ConfigError, "no GPU here to offload from"),
    ({"device": "cuda"}, ConfigError, "sees no such device"),
    ({"quantization": "bitsandbytes_4bit"}, PluginError, r"pip install 'genspace-adapter-diffusers\[bits"),
    ({"variant": "fp16"}, PluginError, "fp16"),
    (
        {"parts": {"vae": {"library": "diffusers", "class": "NoSuchVae", "checkpoint": "a/b"}}},
        ConfigError,
        "NoSuchVae",
    ),
    (
        {"parts": {"nose": {"library": "diffusers", "class": "AutoencoderKL", "checkpoint": "SDXL/vae"}}},
        ConfigError,
        "nose",
    ),
]


@pytest.mark.parametrize(("keys", "kind", "says"), WRONG, ids=lambda v: str(v)[:40])
def test_a_wrong_option_is_one_line(
    built: Build, sdxl: Path, keys: dict[str, Any], kind: type[GenSpaceError], says: str
) -> None:
    text = json.dumps(keys).replace("SDXL", str(sdxl))
    with pytest.raises(kind, match=says) as caught:
        built(**json.loads(text))
    assert "\n" not in str(caught.value)


ALONE: list[tuple[dict[str, Any], str]] = [
    ({"quantized": ["unet"]}, "quantized does nothing without quantization"),
    ({"quantization_config": {"a": 1}}, "quantization_config does nothing without quantization"),
    ({"lora_file": "a.safetensors"}, "lora_file does nothing without lora"),
    ({"lora_revision": "main"}, "lora_revision does nothing without lora"),
    ({"lora_scale": 0.5}, "lora_scale does nothing without lora"),
    ({"device_map": "balanced", "offload": "model"}, "device_map and offload"),
    ({"model": ["a"]}, r"no model \['a'\] in the table; there are .*sdxl"),
    ({"model": "sdxxl"}, "no model 'sdxxl' in the table"),
]


@pytest.mark.parametrize(("keys", "says"), ALONE, ids=lambda v: str(v)[:40])
def test_what_would_be_ignored_is_refused(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        PipelineConfig.model_validate(keys)


@pytest.mark.parametrize("name", ["LCMScheduler", "TCDScheduler"])
def test_a_scheduler_of_distilled_loras_is_taken(built: Build, name: str) -> None:
    assert built(scheduler=name).generate(REQUEST).info["scheduler"] == name


def test_weights_that_do_not_fit_are_one_line(built: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from diffusers import DiffusionPipeline

    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(DiffusionPipeline, "to", full)
    with pytest.raises(PluginError, match=r"weights do not fit.*offload.*quantization.*device_map") as caught:
        built()
    assert "\n" not in str(caught.value)


def test_the_device_of_parts_that_are_moved_is_where_they_work(
    built: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    import diffusers.pipelines.pipeline_utils as utils

    from genspace_adapter_diffusers.facts import pipeline_facts

    monkeypatch.setattr(utils, "empty_device_cache", lambda *_: None)
    pipeline = built().pipeline
    pipeline.enable_model_cpu_offload(device="cuda:0")
    assert str(pipeline.device) == "cpu"
    assert pipeline_facts(pipeline)["device"] == "cuda:0"


def test_numbers_that_are_none_are_said(built: Build, caplog: pytest.LogCaptureFixture) -> None:
    generator = built()
    for weight in generator.pipeline.vae.decoder.conv_out.parameters():
        weight.data.fill_(float("nan"))
    (result,) = generator.generate_batch([REQUEST])
    assert isinstance(result, GenerationError)
    assert "NaN" in str(result)
    assert "dtype" in str(result)


def test_a_prompt_that_is_cut_is_recorded(built: Build) -> None:
    prompt = "A photo of one dog. " * 10  # 10 x 16 letters, each a token
    image = built().generate(GenerationRequest(task="t2i", prompt=prompt, seed=1))
    cut = image.info["prompt_cut"]
    assert set(cut) == {"tokenizer", "tokenizer_2"}
    assert cut["tokenizer"][0] == 77
    assert cut["tokenizer"][1] > 150
    short = built().generate(GenerationRequest(task="t2i", prompt="A dog.", seed=1))
    assert "prompt_cut" not in short.info


def test_what_is_recorded_is_so(built: Build) -> None:
    info = built(scheduler="DDIMScheduler").generate(REQUEST).info
    assert info["scheduler"] == "DDIMScheduler"
    assert info["pipeline"] == "StableDiffusionXLPipeline"
    assert info["safety_checker"] is False
    assert info["watermark"] is False


@pytest.mark.parametrize(
    "lost", ["unet/diffusion_pytorch_model.safetensors", "tokenizer", "vae/config.json", "text_encoder_2"]
)
def test_a_half_downloaded_folder_is_one_line(sdxl: Path, tmp_path: Path, lost: str) -> None:
    folder = tmp_path / "half"
    shutil.copytree(sdxl, folder)
    victim = folder / lost
    shutil.rmtree(victim) if victim.is_dir() else victim.unlink()
    with pytest.raises(PluginError) as caught:
        build(PipelineConfig(checkpoint=str(folder), device="cpu"))
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)
    assert lost.split("/", maxsplit=1)[0] in str(caught.value)


def test_a_truncated_file_is_one_line(sdxl: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    shutil.copytree(sdxl, folder)
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(PluginError, match=str(folder)) as caught:
        build(PipelineConfig(checkpoint=str(folder), device="cpu"))
    assert "\n" not in str(caught.value)


def test_nothing_is_said_while_it_works(built: Build, capfd: pytest.CaptureFixture[str]) -> None:
    """No bars, no warnings: whoever runs 1,800 pictures would have 1,800 of them."""
    logging.getLogger("diffusers").setLevel(logging.WARNING)
    generator = built()
    capfd.readouterr()
    assert isinstance(generator.generate(REQUEST), GeneratedImage)
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err == ""
