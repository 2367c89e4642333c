"""How quick the window is: `python -m tests.benchmarks.window [PAGE...]`.

Prints, for this machine: seconds from the start of the process to the first painted window, resident memory then, and
whether torch was loaded; the longest time that the window did not answer, idle and while pages are shown and cleaned;
seconds from a stop to the rest of the engine; seconds from a moved slider to the first and the last pixels of the
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


class Bench:
    """A real window, and a clock that notices when it does not answer."""

    def __init__(self, session: Path) -> None:
        from PySide6.QtCore import QTimer

        from docclean.core.settings import Settings
        from docclean.gui.main_window import MainWindow

        self.window = MainWindow(Settings(clean_at_once=False, ask_before_closing=False), session=session)
        self.window.show()
        self._last, self._longest = time.perf_counter(), 0.0
        self._ticker = QTimer()
        self._ticker.timeout.connect(self._tick)
        self._ticker.start(10)

    def _tick(self) -> None:
        now = time.perf_counter()
        self._longest, self._last = max(self._longest, now - self._last), now

    def wait(self, condition: Callable[[], bool], limit_s: float = 600) -> tuple[float, float]:
        """Run the window until something is so; seconds, and the longest silence in between, s."""
        from PySide6.QtCore import QEventLoop, QTimer

        begin = self._last = time.perf_counter()
        self._longest = 0.0
        loop, watch = QEventLoop(), QTimer()
        watch.timeout.connect(lambda: loop.quit() if condition() or time.perf_counter() - begin > limit_s else None)
        watch.start(5)
        loop.exec()
        return time.perf_counter() - begin, self._longest


def measure_window(pages: Sequence[Path]) -> None:
    """Clean pages in a real window and print what the user would feel."""
    from docclean.gui.application import make_application

    application = make_application()
    with TemporaryDirectory() as home:
        bench = Bench(Path(home))
        window = bench.window
        begin = time.perf_counter()
        _, silence = bench.wait(lambda: time.perf_counter() - begin > 3)
        print(f"longest silence, idle: {1000 * silence:.0f} ms")
        window.start(pages)
        _, silence = bench.wait(lambda: window.display.is_shown)
        print(f"longest silence, adding and showing pages: {1000 * silence:.0f} ms")
        measure_preview(bench)
        window.clean(window.pages.items)
        _, silence = bench.wait(lambda: not window.run.is_on)
        print(f"longest silence, cleaning {len(window.pages.items)} pages: {1000 * silence:.0f} ms")
        for item in window.pages.items:
            item.reset()
        window.clean(window.pages.items)
        bench.wait(lambda: window.run.current is not None and window.run.current.progress > 0)
        window.run.stop()
        seconds, _ = bench.wait(lambda: not window.run.is_on)
        print(f"from stop to rest: {1000 * seconds:.0f} ms")
        window.close()
    del application


def measure_preview(bench: Bench) -> None:
    """Print how long a moved slider takes to show."""
    window, ready = bench.window, []
    window.parts.view.set_zoom(1.0)
    bench.wait(lambda: False, 0.5)
    bench.wait(lambda: not window.preview.is_busy)
    begin = time.perf_counter()
    window.preview.ready.connect(lambda *_: ready.append(time.perf_counter() - begin))
    window.preview.forget()
    bench.wait(lambda: bool(ready) and not window.preview.is_busy)
    print(f"preview at 100 %: first pixels after {ready[0]:.2f} s, all after {ready[-1]:.2f} s")


def main(arguments: Sequence[str]) -> None:
    """Print every figure."""
    starts = measure_start()
    seconds, megabytes, has_torch = starts[len(starts) // 2]
    print(f"first window, median of {len(starts)}: {seconds:.2f} s; {megabytes} MB resident; torch loaded: {has_torch}")
    samples = Path(__file__).resolve().parents[2] / "resources" / "samples"
    measure_window([Path(name) for name in arguments] or sorted(samples.glob("*.[jp][pn]g")))


if __name__ == "__main__":
    main(sys.argv[1:])
