"""Imports go one way: a module imports only from steps before it, and a heavy library only when it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "examgen"

# The steps in their order. A module or folder may import from itself and from what stands before it.
STEPS = [
    "errors",
    "model",
    "records",
    "text",
    "forked",
    "assets",
    "fonts",
    "pictures",
    "embed",
    "bank",
    "parse",
    "questions",
    "scorers",
    "dedupe",
    "build",
    "assemble",
    "check",
    "draft",
    "paper",
    "render",
    "calibrate",
    "judge",
    "grade",
    "engines",
    "evaluate",
    "report",
    "review",
    "bench",
    "web",
    "rehearse",
    "demo",
    "doctor",
    "cli",
]
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "weasyprint",
    "sklearn",
    "ortools",
    "ray",
    "pyarrow",
    "openai",
    "onnxruntime",
}


def imports(module: Path) -> set[str]:
    """The steps that a module imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom) and node.module == "examgen":
            names = [f"examgen.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("examgen.")}
    return found


def test_every_module_imports_only_from_earlier_steps():
    backward = []
    for module in sorted(PACKAGE.rglob("*.py")):
        step = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if step.startswith("__"):
            continue
        backward += [
            f"{module.relative_to(PACKAGE)} imports {other}"
            for other in imports(module) - {"__version__"}
            if STEPS.index(other) > STEPS.index(step)
        ]

    assert backward == []


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from examgen.cli import cli; cli(['--help'], standalone_mode=False); "
        "print(*sys.modules, file=sys.stderr)"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert HEAVY & set(result.stderr.split()) == set()
    assert result.stdout.startswith("Usage: ")
