"""Google's client, set up so that one call is one request to one address."""

from __future__ import annotations

from typing import Any

from genspace_adapter_google.plugin import GoogleConfig
from genspace_core import import_package, read_key

INSTALL = "pip install genspace-adapter-google"
API_VERSION = "v1beta"


def build_client(config: GoogleConfig) -> Any:
    """A google.genai.Client, which may be used from several threads.

    Left to itself it would follow redirects and send the key along, read its address, version and kind of
    account from the environment, and go to Vertex AI if told so there.

    Raises:
        PluginError: the SDK or the key is missing.
    """
    genai = import_package("google.genai", INSTALL)
    return genai.Client(
        vertexai=False,
        api_key=read_key(config.key_variable, config.key_page),
        http_options=genai.types.HttpOptions(
            base_url=config.base_url,
            api_version=API_VERSION,
            timeout=max(1, round(config.timeout * 1000)),
            retry_options=genai.types.HttpRetryOptions(attempts=1),
            client_args={"follow_redirects": False},
        ),
    )
