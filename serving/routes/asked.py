"""Asked: what requests have in common: a moment, a language, a campaign; a wrong one is 422, too much is 413."""

from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException

from features import clock
from features.log.as_of import Asked
from serving import shape
from serving.state import State
from training.bundle.bundle import Bundle
from training.panel.campaign import Campaigns, UnknownCampaign
from training.reasons import wording


def at_most(got: int, most: int, what: str) -> None:
    """Return where a request asks for no more than it may."""
    if got > most:
        raise HTTPException(413, f"got {got:,} {what}; at most {most:,} are allowed")


def moment(state: State, text: str | None, zone: str) -> Asked:
    """Return what a request asks about; where it says nothing, what the launcher was told."""
    try:
        return clock.parse(text, ZoneInfo(zone)) if text is not None else state.as_of or "own"
    except ValueError as error:
        raise HTTPException(422, str(error)) from None


def language(asked: str) -> str:
    """Return a language that there are words of."""
    try:
        return wording.known(asked)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None


def campaign(bundle: Bundle, asked: shape.Request) -> Campaigns | None:
    """Return the campaign that a request names."""
    try:
        return bundle.campaign(asked.campaign, asked.channel)
    except UnknownCampaign as error:
        raise HTTPException(422, str(error)) from None
