"""What a worker needs to open a grader: small, and able to travel to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from examgen import __version__
from examgen.calibrate import Calibration
from examgen.embed import open_encoder
from examgen.grade import Grader, Risk
from examgen.model import Item
from examgen.records import to_json


@dataclass(frozen=True)
class GraderSetup:
    """All that a `Grader` is made of. Called, it makes one."""

    items: tuple[Item, ...]
    model: str | None = None
    device: str = "auto"
    backend: str = "torch"
    cache: bool = True
    calibration: Calibration | None = None
    risk: Risk = field(default_factory=Risk)

    def __call__(self) -> Grader:
        """Open the encoder and make the grader.

        Raises:
            ExamgenError: the model cannot be loaded, or the calibration belongs to another.
        """
        encoder = open_encoder(self.model, self.device, self.backend, self.cache)
        return Grader(self.items, encoder, self.calibration, self.risk)

    def versions(self, grader: Grader) -> dict[str, str]:
        """Everything besides the rows that decides a mark, by name; `grader` is one made by this set-up."""
        return {
            "examgen": __version__,
            "items": _sha256("\n".join(to_json(item) for item in self.items)),
            "model": grader.encoder.fingerprint,
            "backend": self.backend,
            "calibration": _sha256(to_json(grader.calibration)),
            "risk": f"{self.risk.max_error:g} at {self.risk.at:g}",
        }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
