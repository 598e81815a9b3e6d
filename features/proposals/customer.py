"""The customer of several forms of files: named alike in all of them where they allow it."""

from collections.abc import Iterator, Sequence

from features.proposals import called
from features.proposals.forms import Form
from features.proposals.happened import comment


def who(form: Form, others: Sequence[Form]) -> str:
    """Return the column or expression of the customer, by mail where another form names customers by nothing else."""
    own, mail = called.columns(form.types).get("customer_id", ""), called.mail(form.types)
    return mail if mail and any(called.is_mail(one) for other in others for one in _of(other)) else own


def lines(every: Sequence[Form]) -> Iterator[str]:
    """Yield a comment where one form names customers by mail and another does not."""
    named = [one for form in every for one in ([who(form, every)] if not form.presets else _of(form)) if one]
    mails = [one for one in named if called.is_mail(one)]
    if len(every) > 1 and mails and len(mails) < len(named):
        some = comment(list(dict.fromkeys(named)))
        yield f"# customers are named by {some}: whoever is named in two ways is two people"


def _of(form: Form) -> list[str]:
    """Return what customers of a form are named by."""
    if not form.presets:
        return [called.columns(form.types).get("customer_id", "")]
    tables = [table for preset in form.presets.values() for table in (*preset.sources, *preset.attributes)]
    return [str(table["columns"]["customer_id"]) for table in tables]
