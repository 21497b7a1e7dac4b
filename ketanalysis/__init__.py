"""Analyses of clinical trials of ketamine and other rapid-acting treatments, in an R-like style.

`__init__.pyi` lists the public names by family. Each is imported when it is first used.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
