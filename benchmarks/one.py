"""`python -m benchmarks.one NAME OUT`: one figure, in a process under the login it is measured with."""

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks.figures import FIGURES, Scale, write_result


def main() -> None:
    """Measure and write the result; an error ends the process with its traceback and writes nothing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=[figure.name for figure in FIGURES])
    parser.add_argument("out", type=Path)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    # Here, so that the processes that seal rows, which import this module too, do not carry Django.
    import django

    django.setup()
    scale = Scale(seconds=2.0, share=0.1) if asked.quick else Scale(seconds=8.0, share=1.0)
    module = next(figure.module for figure in FIGURES if figure.name == asked.name)
    write_result(asked.out, import_module(f"benchmarks.{module}").measure(scale))


if __name__ == "__main__":
    main()
