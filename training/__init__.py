"""Builds the bundled model ``mini`` and measures any model folder. No part of the package."""
