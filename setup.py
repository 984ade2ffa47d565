"""What pyproject.toml cannot say: the templates lie beside the package, where a rep looks for them, and a wheel carries
them inside it as bot/templates. Everything else is in pyproject.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithTemplates(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            shutil.copytree(
                Path(__file__).parent / "templates", Path(self.build_lib) / "bot" / "templates", dirs_exist_ok=True
            )


setup(cmdclass={"build_py": BuildWithTemplates})
