from pathlib import Path

from docclean.training.run_log import LOG, TrainReport, append_row, begin_log, read_log


def report(step: int) -> TrainReport:
    return TrainReport(step, 0.25, 0.125, 1e-3, 2.5)


def test_log_gives_back_the_rows_that_were_added(tmp_path: Path) -> None:
    begin_log(tmp_path / LOG, 0)
    for step in (5, 10):
        append_row(tmp_path / LOG, report(step))
    assert read_log(tmp_path / LOG) == [report(5), report(10)]


def test_log_that_is_not_there_has_no_rows(tmp_path: Path) -> None:
    assert read_log(tmp_path / LOG) == []


def test_row_that_is_torn_or_no_number_is_left_out(tmp_path: Path) -> None:
    begin_log(tmp_path / LOG, 0)
    append_row(tmp_path / LOG, report(5))
    with (tmp_path / LOG).open("a", encoding="utf-8") as file:
        file.write("7,x,0.1,0.1,1\n9,0.1")
    assert read_log(tmp_path / LOG) == [report(5)]


def test_log_begun_again_keeps_the_rows_up_to_the_checkpoint(tmp_path: Path) -> None:
    begin_log(tmp_path / LOG, 0)
    for step in (5, 10, 15):
        append_row(tmp_path / LOG, report(step))
    begin_log(tmp_path / LOG, 10)
    assert [row.step for row in read_log(tmp_path / LOG)] == [5, 10]
