"""A report that is made up, with something in each of its parts."""

from activation.weekly.facts import (
    Audience,
    Campaign,
    Change,
    Cohort,
    Expected,
    Experiment,
    Flow,
    Month,
    Note,
    Objective,
    Reading,
    Size,
    Thing,
    Tile,
    Topic,
    Weekly,
)

UP = Change(then=2.0, by=0.5, low=0.2, high=0.8)
FLAT = Change(then=2.6, by=-0.1, low=-0.4, high=0.2)


def tile(kpi: str, unit: str, value: float, segment: str = "everybody", week: Change = UP) -> Tile:
    whose = "everybody" if segment == "everybody" else "rfm"
    return Tile(
        segmenter=whose,
        segment=segment,
        kpi=kpi,
        unit=unit,
        members=1000,
        value=value,
        low=value * 0.9,
        high=value * 1.1,
        week=week,
        year=FLAT,
    )


def weekly(language: str = "en") -> Weekly:
    """Return it."""
    shares = Change(then=0.2, by=0.03, low=0.01, high=0.05)
    return Weekly(
        dataset="shop",
        title="The <shop> & sons",
        language=language,
        currency="EUR",
        smallest=20,
        first="2026-03-02",
        last="2026-03-08",
        data_end="2026-03-10T00:00:00+00:00",
        made="2026-03-10T06:00:00+00:00",
        bundle="b1",
        version="3",
        events=1_000,
        declaration="d1",
        tiles=[
            tile("revenue", "money", 2.5),
            tile("buyers", "share", 0.23, week=shares),
            tile("frequency", "number", 0.4),
            tile("average_order", "money", 1234.5),
            tile("revenue", "money", 9.5, "champions"),
            tile("buyers", "share", 0.5, "champions", FLAT),
        ],
        sizes=[
            Size(
                segmenter="rfm",
                segment="champions",
                title="Champions",
                began=100,
                left=30,
                joined=60,
                today=130,
                next=Expected(value=151.2, low=121.0, high=181.4),
                forecast=Expected(value=100.4, low=80.0, high=120.9),
            ),
            Size(segmenter="rfm", segment="lost", title="Lost"),
            Size(
                segmenter="rule",
                segment="regulars",
                title="Regulars",
                began=50,
                left=5,
                joined=9,
                today=54,
                next=Expected(value=58.0, low=50.0, high=66.0),
            ),
        ],
        months=["2026-01", "2026-02"],
        history=[Month(segmenter="rfm", segment="champions", title="Champions", sizes=[90, None])],
        flows=[Flow(before="Champions", after="Lost", count=40)],
        cohorts=[
            Cohort(month="2025-12", customers=200, shares=[0.5, 0.25]),
            Cohort(month="2026-01", customers=None, shares=[]),
            Cohort(month="2026-02", customers=50, shares=[]),
        ],
        things=[Thing(name="tea <green>", revenue=500.0, before=400.0, buyers=60)],
        topics=[
            Topic(
                segmenter="rfm", segment="champions", title="Champions", topic="delivery <late>", answers=40, score=7.25
            ),
            Topic(segmenter="everybody", segment="everybody", title="everybody", topic="price", answers=90, score=4.0),
        ],
        campaigns=[Campaign(name="spring", contacts=900, customers=600)],
        experiments=[
            Experiment(
                name="win_back",
                state="running",
                started="2026-03-01",
                customers=400,
                reading=Reading(
                    result="no signal",
                    as_of="2026-03-08T00:00:00+00:00",
                    ended=False,
                    metric="spend_28d",
                    other="segmented",
                    base="same_for_all",
                    effect=1.25,
                    low=-0.5,
                    high=3.0,
                ),
            ),
            Experiment(name="summer", state="planned"),
        ],
        objectives=[
            Objective(
                name="keep",
                segment="rfm.champions",
                kpi="churn",
                unit="share",
                aim="-10 % (2026-01-01 … 2026-06-30)",
                value=0.2,
                low=0.15,
                high=0.25,
                status="behind",
                why="",
                action="call them",
                goal="keep the best",
            )
        ],
        audiences=[
            Audience(
                name="win_back",
                id="20260309T000000.000000Z-0123456789ab",
                created="2026-03-09T00:00:00+00:00",
                purpose="mail",
                customers=120,
                fresh=True,
            )
        ],
        notes=[Note(of="segment rfm.champions", useful=2, wrong=1, newest="they <love> tea")],
        warnings=["kept aside: 3 rows: no customer"],
    )
