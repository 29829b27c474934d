"""Where things are. Imported first: it puts the modules one folder up (`harness`, `report`) within reach."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
APPS = HERE / "apps"
TOOLS = ROOT / ".tools"

sys.path.append(str(HERE.parent))
