"""A tiny LLaVA of the real classes, saved as transformers saves it; it babbles, or knows its lines."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

LINES = ("{", '"reason":', '"The', "dog", "faces", 'us.",', '"score":', "0.75", "}")
"""What the second one writes, whatever it is shown."""

TEMPLATE = (
    "{% for message in messages %}USER: {% for part in message.content %}"
    "{% if part.type == 'image' %}<image> {% else %}{{ part.text }}{% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %} ASSISTANT:{% endif %}"
)
SPECIAL = ("<unk>", "<s>", "</s>", "<pad>", "<image>")
WORDS = (*SPECIAL, "ASSISTANT:", *LINES, "well", "maybe")
WIDTH = 32


def llava(folder: Path, *, lines: bool = True, template: str | None = TEMPLATE) -> Path:
    """A checkpoint in a folder."""
    processor = _processor(template)
    model = _model(_fluent if lines else _babbling)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _processor(template: str | None) -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import CLIPImageProcessorPil, LlavaProcessor, PreTrainedTokenizerFast

    words = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        additional_special_tokens=["<image>"],
    )
    shown = {"height": 28, "width": 28}
    pictures = CLIPImageProcessorPil(size=shown, crop_size=shown)
    return LlavaProcessor(
        image_processor=pictures,
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,  # of the class, which "default" drops again
        chat_template=template,
    )


def _model(fill: Any) -> Any:
    import torch
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    sizes = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(hidden_size=16, image_size=28, patch_size=14, **sizes),
        text_config=LlamaConfig(
            vocab_size=len(WORDS), hidden_size=WIDTH, max_position_embeddings=4096, pad_token_id=3, **sizes
        ),
        image_token_index=WORDS.index("<image>"),
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    model = LlavaForConditionalGeneration(config).eval()
    model.generation_config.update(eos_token_id=2, pad_token_id=3, do_sample=True, top_p=0.9)
    with torch.no_grad():
        fill(model)
    return model


def _babbling(model: Any) -> None:
    """One word is about as likely as another."""
    model.lm_head.weight.normal_(0.0, 0.2)


def _fluent(model: Any) -> None:
    """A word is known by its place in the vector, and calls for the one that follows it in the lines."""
    import torch

    for name, weight in model.model.language_model.named_parameters():
        if "o_proj" in name or "down_proj" in name:
            weight.zero_()  # then what a word becomes depends on that word alone
    words = model.get_input_embeddings().weight
    words.copy_(torch.eye(len(WORDS), WIDTH))
    spoken = [WORDS.index(word) for word in ("ASSISTANT:", *LINES, "</s>")]
    model.lm_head.weight.zero_()
    for before, after in pairwise(spoken):
        model.lm_head.weight[after, before] = 10.0
