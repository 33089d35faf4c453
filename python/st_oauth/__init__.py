"""Sign-in for Streamlit apps."""

from ._core import version as _version

__version__ = _version()
