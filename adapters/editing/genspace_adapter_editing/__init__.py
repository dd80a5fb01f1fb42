"""Image-editing models for GenSpace: pipelines of diffusers that change a picture as they are told."""
