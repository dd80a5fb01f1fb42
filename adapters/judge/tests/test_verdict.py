"""Reading a score out of what a model wrote."""

from __future__ import annotations

import pytest

from genspace_adapter_judge.verdict import LONGEST, NoVerdict, read_verdict


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ('{"reason": "so", "score": 0.5}', 0.5),
        ('{"score": 1, "reason": "so"}', 1.0),
        ('{"score": 0, "reason": "so"}', 0.0),
        ('{"score": "0.8", "reason": "so"}', 0.8),
        ('```json\n{"reason": "so", "score": 0.25}\n```', 0.25),
        ('Well {let me see}: {"reason": "so", "score": 0.3} That is all. {"score": 0.9}', 0.3),
        ('<think>{"a": {"score": 1}}</think>{"reason": "so", "score": 0.1}', 0.1),
        ('{"reason": "so", "score": 0.5', None),
        ('{"reason": "so", "score": 0.5}'.replace('"', "'"), None),
        ("0.5", None),
        ('{"score": []}', None),
        ('{"score": "high"}', None),
        ('{"score": 1e999}', None),
        ('{"score": ' + "9" * 400 + "}", None),
        ("{" * 20_000, None),
    ],
)
def test_reading(text: str, score: float | None) -> None:
    if score is None:
        with pytest.raises(NoVerdict) as caught:
            read_verdict(text)
        assert len(str(caught.value)) < 200
        assert "\n" not in str(caught.value)
    else:
        assert read_verdict(text)[0] == score


def test_the_reason_is_one_line() -> None:
    assert read_verdict('{"reason": "first\\n  second", "score": 1}') == (1.0, "first second")
    assert read_verdict('{"score": 1}') == (1.0, "")
    assert read_verdict('{"score": 1, "reason": ["a"]}') == (1.0, "")
    assert len(read_verdict('{"score": 1, "reason": "' + "x" * 9000 + '"}')[1]) == LONGEST
