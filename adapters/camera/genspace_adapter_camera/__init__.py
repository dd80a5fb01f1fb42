"""Camera calibrators for GenSpace: intrinsics and gravity."""
