"""Small checkpoints of every family with random weights: the real classes, saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
import transformers as hf
from safetensors.torch import load_file, save_file

WORDS = ("a", "an", "cat", "dog", "red", "car", "truck", "teddy", "bear", "photo", "of")
"""What the tiny tokenizers know; another word is read letter by letter, or is unknown."""


def _seeded(make: Callable[[], hf.PreTrainedModel]) -> hf.PreTrainedModel:
    torch.manual_seed(0)
    model = make().eval()
    # Fresh weights are so small that all scores are 0.5 and all boxes alike; these ones tell things apart.
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1 and "norm" not in name:
                weight.normal_(0, 1.5 / weight[0].numel() ** 0.5)
    return model


def save_grounding_dino(folder: Path, mm: bool = False) -> Path:
    """Grounding DINO, or MM Grounding DINO (the architecture of LLMDet), with a Swin and a BERT."""
    backbone = hf.SwinConfig(
        image_size=64,
        embed_dim=16,
        depths=[1, 1, 1, 1],
        num_heads=[2, 2, 2, 2],
        window_size=4,
        out_indices=[2, 3, 4],
    )
    text = hf.BertConfig(
        vocab_size=1100,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    config = (hf.MMGroundingDinoConfig if mm else hf.GroundingDinoConfig)(
        backbone_config=backbone,
        text_config=text,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        num_queries=10,
        num_feature_levels=4,
        max_text_len=64,
    )
    kind = hf.MMGroundingDinoForObjectDetection if mm else hf.GroundingDinoForObjectDetection
    _seeded(lambda: kind(config)).save_pretrained(folder)
    hf.GroundingDinoImageProcessorPil(size={"shortest_edge": 96, "longest_edge": 160}).save_pretrained(folder)
    save_bert_tokenizer(folder)
    return folder


def save_bert_tokenizer(folder: Path) -> None:
    """BERT's special tokens have to have their own numbers, by which the models know them."""
    words = [f"[unused{i}]" for i in range(1100)]
    for number, word in (
        (0, "[PAD]"),
        (100, "[UNK]"),
        (101, "[CLS]"),
        (102, "[SEP]"),
        (1012, "."),
        (1029, "?"),
    ):
        words[number] = word
    for number, word in enumerate(WORDS, 1030):
        words[number] = word
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(words), "utf-8")
    hf.BertTokenizer(str(vocabulary)).save_pretrained(folder)


def save_clip_tokenizer(folder: Path, longest: int) -> None:
    """A byte-pair tokenizer that knows letters and whole words of WORDS."""
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    tokens = ["!", *letters, *(f"{letter}</w>" for letter in letters)]  # 0 is what OWLv2 takes for no query
    merges = []
    for word in WORDS:
        parts = [*word[:-1], f"{word[-1]}</w>"]
        while len(parts) > 1:
            pair, joined = parts[:2], parts[0] + parts[1]
            if joined not in tokens:
                tokens.append(joined)
                merges.append(" ".join(pair))
            parts[:2] = [joined]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}), "utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), "utf-8")
    hf.CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=longest
    ).save_pretrained(folder)


def _clip_ids(folder: Path) -> dict[str, int]:
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    return {
        "vocab_size": len(tokenizer),
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": 0,
    }


def save_owlv2(folder: Path) -> Path:
    """OWLv2, which looks at 4 x 4 patches."""
    save_clip_tokenizer(folder, longest=16)
    text = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 16,
        **_clip_ids(folder),
    }
    vision = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 8,
    }
    config = hf.Owlv2Config(text_config=text, vision_config=vision, projection_dim=16)
    _seeded(lambda: hf.Owlv2ForObjectDetection(config)).save_pretrained(folder)
    hf.Owlv2ImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def _sam_config(kind: type, vision: dict, **decoder: int) -> hf.PreTrainedConfig:
    return kind(
        vision_config={
            "hidden_size": 16,
            "output_channels": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 64,
            "patch_size": 8,
            "window_size": 4,
            "global_attn_indexes": [1],
            "mlp_dim": 16,
            "num_pos_feats": 8,
            **vision,
        },
        prompt_encoder_config={
            "hidden_size": 16,
            "image_size": 64,
            "patch_size": 8,
            "mask_input_channels": 4,
            "image_embedding_size": 8,
        },
        mask_decoder_config={
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "mlp_dim": 16,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
            "iou_head_depth": 2,
            **decoder,
        },
    )


def save_sam(folder: Path, hq: bool = False) -> Path:
    """SAM, or SAM-HQ."""
    if hq:
        config = _sam_config(hf.SamHQConfig, {}, vit_dim=16)
        _seeded(lambda: hf.SamHQModel(config)).save_pretrained(folder)
    else:
        config = _sam_config(hf.SamConfig, {})
        _seeded(lambda: hf.SamModel(config)).save_pretrained(folder)
    hf.SamImageProcessorPil(size={"longest_edge": 64}, pad_size={"height": 64, "width": 64}).save_pretrained(
        folder
    )
    return folder


def save_empty_processor(folder: Path) -> None:
    """For the classes that save theirs with torchvision only; `SquarePixels` takes their place."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "processor_config.json").write_text("{}", "utf-8")


def save_sam2(folder: Path, video: bool = False) -> Path:
    """SAM 2, alone or as a part of the video model, as Meta publishes it; its processor is empty."""
    save_empty_processor(folder)
    vision = hf.Sam2VisionConfig(
        backbone_config=hf.Sam2HieraDetConfig(
            hidden_size=8,
            image_size=[64, 64],
            blocks_per_stage=[1, 1, 2, 1],
            embed_dim_per_stage=[8, 16, 24, 32],
            num_attention_heads_per_stage=[1, 1, 1, 1],
            window_size_per_stage=[8, 4, 2, 2],
            global_attention_blocks=[3],
            mlp_ratio=1.0,
        ),
        backbone_channel_list=[32, 24, 16, 8],
        backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
        fpn_hidden_size=32,
    )
    prompt = {"hidden_size": 32, "image_size": 64, "patch_size": 16, "mask_input_channels": 4}
    decoder = {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "mlp_dim": 16,
        "num_attention_heads": 2,
        "iou_head_hidden_dim": 16,
    }
    if video:
        config = hf.Sam2VideoConfig(
            vision_config=vision,
            prompt_encoder_config=prompt,
            mask_decoder_config=decoder,
            image_size=64,
            memory_attention_hidden_size=32,
            memory_attention_num_layers=1,
            memory_attention_feed_forward_hidden_size=16,
            memory_encoder_hidden_size=32,
            memory_encoder_output_channels=8,
            mask_downsampler_embed_dim=32,
            memory_fuser_embed_dim=32,
            memory_fuser_intermediate_dim=16,
        )
        _seeded(lambda: hf.Sam2VideoModel(config)).save_pretrained(folder)
    else:
        config = hf.Sam2Config(
            vision_config=vision, prompt_encoder_config=prompt, mask_decoder_config=decoder
        )
        _seeded(lambda: hf.Sam2Model(config)).save_pretrained(folder)
    return folder


def sam3_config(folder: Path) -> hf.Sam3Config:
    """Of a SAM 3 that sees 4 x 4 patches."""
    small = {"hidden_size": 32, "num_attention_heads": 2}
    layers = {**small, "num_layers": 1, "intermediate_size": 16}
    return hf.Sam3Config(
        vision_config=hf.Sam3VisionConfig(
            backbone_config=hf.Sam3ViTConfig(
                hidden_size=16,
                intermediate_size=16,
                num_hidden_layers=2,
                num_attention_heads=2,
                image_size=56,
                patch_size=14,
                window_size=2,
                global_attn_indexes=[1],
                pretrain_image_size=28,
            ),
            fpn_hidden_size=32,
            backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
        ),
        text_config={
            "model_type": "clip_text_model",
            "hidden_size": 16,
            "intermediate_size": 16,
            "projection_dim": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "max_position_embeddings": 32,
            **_clip_ids(folder),
        },
        geometry_encoder_config={**layers, "roi_size": 2},
        detr_encoder_config=layers,
        detr_decoder_config={**layers, "num_queries": 8},
        mask_decoder_config=small,
    )


def save_sam3(folder: Path) -> Path:
    """SAM 3; its processor is empty."""
    save_empty_processor(folder)
    save_clip_tokenizer(folder, longest=32)
    config = sam3_config(folder)
    _seeded(lambda: hf.Sam3Model(config)).save_pretrained(folder)
    return folder


def save_sam3_video(folder: Path, alone: Path) -> Path:
    """The same SAM 3 as a part of the video model, as Meta publishes it, with other weights beside it."""
    save_empty_processor(folder)
    save_clip_tokenizer(folder, longest=32)
    hf.Sam3VideoConfig(detector_config=sam3_config(folder)).save_pretrained(folder)
    weights = {f"detector_model.{name}": w for name, w in load_file(alone / "model.safetensors").items()}
    weights |= {"tracker_model.no_memory": torch.zeros(1), "tracker_neck.scale": torch.zeros(1)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def save_bert(folder: Path) -> Path:
    """Something else altogether."""
    config = hf.BertConfig(
        vocab_size=1100,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
    )
    hf.BertModel(config).save_pretrained(folder)
    save_bert_tokenizer(folder)
    return folder
