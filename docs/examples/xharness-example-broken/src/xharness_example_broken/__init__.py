"""Stands for a plugin whose library is missing; importing it fails on purpose."""

from __future__ import annotations

message = "the library of xharness-example-broken is not installed"
raise ImportError(message)
