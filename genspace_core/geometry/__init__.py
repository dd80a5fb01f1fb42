"""From pixels to metres: frames, the lifting of masks into 3D, and the ground plane. numpy and scipy only."""
