"""The application whose requests run the checks."""

from harness.checks import application
from semantics.checks import MODULES, contexts

contexts.at_start.set("set at the start")
app = application(MODULES)
