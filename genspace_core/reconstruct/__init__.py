"""The `staged` reconstructor: detection, depth, camera and orientation plugins, then lifting."""
