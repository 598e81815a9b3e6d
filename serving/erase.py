"""Erase: a customer who asks to be forgotten is, in all that the service tells and takes, before it answers.

What lies in files that others read is left to `make erase`, which finds it in the journal.
"""

from features import clock
from features.consent import journal, reading, suppression
from features.consent.suppression import CUSTOMER, Identifier
from features.identity import names
from features.log.log import Log
from features.sources import rows
from serving.history import History
from serving.state import State


def begun(state: State, customer_id: str, now: int) -> None:
    """Forget a customer in the list of erased people, in what came in and in what is kept of answers; journal it.

    Args:
        state: the service's.
        customer_id: any name of the customer.
        now: what the clock shows.

    Raises:
        SecretError: there is no key that the list can be made with.
        NotStored: what came in cannot be taken out.
    """
    loaded = state.loaded
    dataset, log = loaded.bundle.dataset, loaded.log
    loaded.history.look()
    found = people(log, loaded.history, customer_id)
    with reading.held(dataset, wait=False):
        used = suppression.suppress(dataset, found, now, now + loaded.retrain_days * clock.DAY)
        journal.add(dataset, now, journal.BEGUN, [suppression.hashed(key, *one) for key in used.keys for one in found])
        state.look(loaded)
        if state.live is not None:
            state.live.forget(state.watch.suppressed.holds)
    loaded.history.forget()
    loaded.kept.clear()


def people(log: Log, history: History, customer_id: str) -> list[Identifier]:
    """Return all identifiers of a customer, and what they are called."""
    own = rows.customer(customer_id) or customer_id
    kinds = log.linked.kinds if log.linked else ()
    if (person := history.person(names.spellings(own, kinds))) is not None:
        stored = [name for place in person.places(log) for name in (log.ids[place], *_of_place(log, place))]
        every = dict.fromkeys([own, person.name, *person.names, *stored])
        return list(dict.fromkeys(one for name in every for one in ((CUSTOMER, name), names.parsed(name, kinds))))
    place = next((at for name in names.spellings(own, kinds) if (at := log.place(name)) is not None), None)
    if log.linked is None or place is None:
        return [(CUSTOMER, own)]
    called = [own, str(log.customers[place].as_py()), *log.linked.of_place(place)]
    found = [one for name in called for one in ((CUSTOMER, name), names.parsed(name, kinds))]
    return list(dict.fromkeys(found))


def _of_place(log: Log, place: int) -> list[str]:
    return log.linked.of_place(place) if log.linked else []
