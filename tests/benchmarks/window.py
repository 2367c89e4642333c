"""How quick the window is: `python -m tests.benchmarks.window [PAGE...]`.

Prints, for this machine: seconds from the start of the process to the first painted window, resident memory then,
whether torch was loaded; the longest time that the window did not answer while pages were cleaned, beside the same for
an idle window; seconds from a stop to the engine's rest; seconds from a moved slider to the first and last pixels of the
preview at 100 %. Needs a screen, or QT_QPA_PLATFORM=offscreen.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

START = """
import sys, time, os
from PySide6.QtCore import QTimer
from docclean.gui import application
from docclean.gui.main_window import MainWindow
painted = MainWindow.showEvent
def show(self, event):
    painted(self, event)
    QTimer.singleShot(0, lambda: QTimer.singleShot(0, lambda: (report(), self.close())))
def report():
    rows = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(time.time() - float(os.environ["STARTED"]), int(rows["VmRSS"].split()[0]) // 1024, "torch" in sys.modules)
MainWindow.showEvent = show
application.run()
"""


def measure_start(times: int = 5) -> list[tuple[float, int, str]]:
    """Start the program; seconds, MB and whether torch was loaded, for each start."""
    found = []
    for _ in range(times):
        with TemporaryDirectory() as home:
            folders = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"), home)
            environment = {**os.environ, **folders, "STARTED": str(time.time())}
            done = subprocess.run(
                [sys.executable, "-c", START], env=environment, capture_output=True, text=True, check=True
            )
            seconds, megabytes, has_torch = done.stdout.split()
            found.append((float(seconds), int(megabytes), has_torch))
    return sorted(found)


def measure_window(pages: Sequence[Path]) -> None:
    """Clean pages in a real window and print what the user would feel."""
    from PySide6.QtCore import QEventLoop, QTimer

    from docclean.core.settings import Settings
    from docclean.gui.application import make_application
    from docclean.gui.main_window import MainWindow

    application = make_application()
    gaps: list[float] = []
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        gaps.append(now - last[0])
        last[0] = now

    def run_until(condition: Callable[[], bool], limit_s: float = 300) -> float:
        start = time.perf_counter()
        loop, watch = QEventLoop(), QTimer()
        watch.timeout.connect(lambda: loop.quit() if condition() or time.perf_counter() - start > limit_s else None)
        watch.start(5)
        loop.exec()
        return time.perf_counter() - start

    def longest(condition: Callable[[], bool]) -> float:
        last[0] = time.perf_counter()
        gaps.clear()
        run_until(condition)
        return max(gaps)

    with TemporaryDirectory() as home:
        window = MainWindow(Settings(clean_at_once=False, ask_before_closing=False), session=Path(home))
        window.show()
        ticker = QTimer()
        ticker.timeout.connect(tick)
        ticker.start(10)
        begin = time.perf_counter()
        print(f"longest silence, idle: {1000 * longest(lambda: time.perf_counter() - begin > 3):.0f} ms")
        window.start(pages)
        print(f"longest silence, adding and showing: {1000 * longest(lambda: window.display.is_shown):.0f} ms")
        window.parts.view.set_zoom(1.0)
        run_until(lambda: not window.preview.is_busy)
        begin = time.perf_counter()
        first: list[float] = []
        window.preview.ready.connect(lambda *_: first.append(time.perf_counter() - begin))
        window.preview.forget()
        run_until(lambda: bool(first) and not window.preview.is_busy)
        print(f"preview at 100 %: first pixels {first[0]:.2f} s, all {time.perf_counter() - begin:.2f} s")
        window.clean(window.pages.items)
        print(f"longest silence, cleaning {len(pages)} files: {1000 * longest(lambda: not window.run.is_on):.0f} ms")
        for item in window.pages.items:
            item.reset()
        window.clean(window.pages.items)
        run_until(lambda: window.run.current is not None and window.run.current.progress > 0)
        window.run.stop()
        print(f"from stop to rest: {1000 * run_until(lambda: not window.run.is_on):.0f} ms")
        window.close()
    del application


def main(arguments: Sequence[str]) -> None:
    """Print every figure."""
    starts = measure_start()
    seconds, megabytes, has_torch = starts[len(starts) // 2]
    print(f"first window, median of {len(starts)}: {seconds:.2f} s; {megabytes} MB resident; torch loaded: {has_torch}")
    samples = Path(__file__).resolve().parents[2] / "resources" / "samples"
    measure_window([Path(name) for name in arguments] or sorted(samples.glob("*.[jp][pn]g")))


if __name__ == "__main__":
    main(sys.argv[1:])
