"""All that may happen between this adapter and a server, by the kit."""

from __future__ import annotations

from typing import ClassVar

from adapters.openai.tests.vendor import CompatibleScript, OpenAIScript
from genspace_adapter_openai.plugin import OPENAI
from genspace_core.testing import JobConformance, RemoteConformance

MODULE = "genspace_adapter_openai.plugin"


class TestOpenAI(RemoteConformance):
    spec = OPENAI
    spec_module = MODULE
    key_variable = "OPENAI_API_KEY"
    base_path = "/v1"
    script = OpenAIScript()


class TestEdits(RemoteConformance):
    spec = OPENAI
    spec_module = MODULE
    key_variable = "OPENAI_API_KEY"
    base_path = "/v1"
    script = OpenAIScript()
    task = "edit"


class TestCompatible(JobConformance):
    spec = OPENAI
    spec_module = MODULE
    key_variable = "RESELLER_API_KEY"
    base_path = "/v1"
    config: ClassVar = {"model": "anything", "key_variable": "RESELLER_API_KEY", "leave_out": ["quality"]}
    script = CompatibleScript()
