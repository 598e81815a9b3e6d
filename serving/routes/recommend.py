"""POST /recommend: what customers are offered, and what goes with products."""

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from features.buckets.joined import NotJoined
from features.clock import iso
from features.log.log import Log
from features.log.store.accepted import Away
from features.nearest import nearest
from serving import edge, recommended, shape
from serving.loaded import Loaded
from serving.recommended import Wanted
from serving.routes import asked
from serving.stale import behind
from serving.state import State
from training.offers.offer import Offer, UnknownProduct


async def recommend(request: Request) -> Response:
    """Answer what customers are offered, and what goes with products."""
    wanted = await edge.decoded(request, shape.RecommendRequest)
    most = request.app.state.entry.limits.recommend_customers
    asked.at_most(len(wanted.customer_ids), most, "customer_ids")
    asked.at_most(len(wanted.products), most, "products")
    asked.at_most(len(wanted.context), most, "products of the context")
    state: State = request.app.state.serving
    language, loaded, now = asked.language(wanted.language), state.loaded, state.wall.read()
    known, base = state.told(loaded, now), state.base(loaded, now)
    if loaded.offer is None:
        raise HTTPException(409, loaded.nothing)
    if not wanted.customer_ids and not wanted.products:
        raise HTTPException(422, "customer_ids, products: got neither; name customers, or products that others go with")
    of_customers, of_products = _names(loaded.offer, wanted)
    as_of, k = asked.moment(state, wanted.as_of, loaded.bundle.zone), wanted.k or loaded.offer.assortment.said.k
    how = Wanted(base, as_of, k, of_customers, tuple(wanted.context), language)

    def answered() -> Response:
        assert loaded.offer is not None
        offer = loaded.offer.at(base.at)
        products = recommended.of_products(offer, wanted.products, of_products, k, language)
        customers, without = _customers(state, loaded, offer, wanted.customer_ids, how, now)
        later = iso(loaded.bundle.as_of) if isinstance(as_of, int) and as_of < loaded.bundle.as_of else ""
        share = recommended.fallback(customers)
        answer = shape.RecommendAnswer(
            **known, stale=without, customers=customers, products=products, fallback=share, learned_later=later
        )
        return edge.as_json(answer)

    try:
        return await to_thread.run_sync(answered)
    except UnknownProduct as error:
        raise HTTPException(422, str(error)) from None
    except NotJoined as error:
        raise HTTPException(503, str(error)) from None


def _names(offer: Offer, wanted: shape.RecommendRequest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which lists are wanted of customers and of products.

    Raises:
        HTTPException: 422 where there is no such list.
    """
    if wanted.lists is None:
        return offer.names, offer.of_products
    every = (*offer.names, *offer.of_products)
    for name in wanted.lists:
        if name not in every:
            raise HTTPException(422, f"lists: got {name!r}.{nearest(name, every)}")
    return tuple(one for one in offer.names if one in wanted.lists), tuple(
        one for one in offer.of_products if one in wanted.lists
    )


def _customers(
    state: State, loaded: Loaded, offer: Offer, ids: list[str], how: Wanted, now: int
) -> tuple[list[shape.CustomerOffer], str]:
    """Return what customers are offered, and why without what came in, where that is so.

    Permission is asked for at each, and again of who is erased meanwhile.
    """
    log, suppressed = loaded.log, state.watch.suppressed
    history, since, without = loaded.history, dict[str, Log](), ""
    try:
        people = loaded.people(ids, now, suppressed, history)
        since = history.since(people.stored)
    except Away as error:
        history, without = history.alone, behind(error)
        people = loaded.people(ids, now, suppressed, history)
    fresh = {own: loaded.bundle.looks_at(one) for own, one in since.items()}
    found = recommended.of_customers(offer, log, people.stored, how, fresh)
    if state.erased_since(loaded, suppressed):
        people = loaded.people(ids, now, state.watch.suppressed, history)
        found = {own: one for own, one in found.items() if own in people.stored}
    return recommended.told(offer, people, ids, found, how, log.linked is not None), without
