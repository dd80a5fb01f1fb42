"""Stands in for mmengine, which Metric3D's hubconf.py reads its configuration with."""


class Config(dict):
    @classmethod
    def fromfile(cls, filename):
        return cls(file=filename)
