"""What pyproject.toml cannot say: the templates, the example config and the unit lie beside the package, where a person looks
for them, and a wheel carries them inside it. Everything else is in pyproject.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithTemplates(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            root, inside = Path(__file__).parent, Path(self.build_lib) / "bot"
            for folder in ("templates", "packaging"):
                shutil.copytree(root / folder, inside / folder, dirs_exist_ok=True)
            shutil.copy(root / "config.example.yaml", inside)


setup(cmdclass={"build_py": BuildWithTemplates})
