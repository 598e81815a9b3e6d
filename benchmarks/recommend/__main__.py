"""`make bench-recommend`: what lists find of what is then bought, beside all baselines; and what a list costs."""

from typing import Annotated

import typer

from features import command

JOURNEY, ONLINE = "complete_journey", "online_retail_ii"
DATES = {JOURNEY: ("2017-11-05", "2017-12-03", "2017-10-22", "2017-11-19"), ONLINE: ("2011-04-02",)}
"""The promised dates first; on the last two of the Complete Journey nothing was tried."""
WIDTH = 150


def main(
    only: Annotated[list[str] | None, typer.Option(help="The datasets: all of them by default.")] = None,
    date: Annotated[list[str] | None, typer.Option(help="Dates of theirs: all of them by default.")] = None,
) -> None:
    """Tell NDCG@10 of the chosen method beside all others, with paired intervals."""
    command.single_threaded()
    import time
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from benchmarks.recommend import measured
    from features import clock
    from features.buckets import intake
    from features.dataset import DatasetError, load
    from training.choice.offered import Past, choose
    from training.recommenders.judged import judged

    console = Console(width=WIDTH)
    for name in (name for name in DATES if not only or name in only):
        try:
            past = Past(intake.take(load(name), live=False).log)
        except DatasetError as error:
            console.print(f"[yellow]{name} was skipped:[/] {error}", highlight=False)
            continue
        for day in (day for day in DATES[name] if not date or day in date):
            moment, began = clock.parse(day, ZoneInfo("UTC")), time.process_time()
            offered = choose(past, moment)
            console.print(f"{name} {day}: chosen and fitted in {time.process_time() - began:.1f} s of CPU")
            tested = judged(past.log, offered.shop, offered.methods, moment)
            console.print(measured.table(name, day, offered, tested))
            console.print(measured.cost(past.log, offered, moment), highlight=False)


if __name__ == "__main__":
    command.run(main)
