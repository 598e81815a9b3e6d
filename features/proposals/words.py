"""Words: what values that tell what happened are called in the exports of many tools, by our kind of event."""

import re
from collections.abc import Mapping

from features.dataset import IGNORED
from features.log.event import KINDS

_EVENTS = {
    "purchase": "purchased sale sales sold order ordered order_completed order_placed order_paid order_created"
    " placed_order completed_order checkout_completed checkout_complete"
    " charge_succeeded transaction buy bought kauf verkauf bestellung",
    "refund": "refunded order_refunded charge_refunded refund_created"
    " return returned returns item_returned credit_note erstattung"
    " retoure gutschrift",
    "cancellation": "cancel cancelled canceled order_cancelled order_canceled cancelled_order storno storniert",
    "page_view": "pageview page_viewed viewed_page page view viewed product_view product_viewed viewed_product"
    " view_item view_product screen_view",
    "cart_add": "add_to_cart added_to_cart addtocart product_added cart_added to_cart",
    "cart_abandon": "cart_abandoned abandoned_cart abandon_cart checkout_abandoned",
    "web_session": "session session_start session_started visit",
    "app_session": "app_open app_opened application_opened app_start",
    "mail_sent": "email_sent sent_email",
    "mail_delivered": "email_delivered received_email",
    "mail_open": "email_open email_opened opened_email mail_opened",
    "mail_click": "email_click email_clicked clicked_email mail_clicked",
    "mail_bounced": "email_bounced bounced_email email_bounce mail_bounce",
    "mail_unsubscribed": "unsubscribe unsubscribed email_unsubscribed",
    "mail_complained": "spam_complaint marked_email_as_spam email_complained",
    "sign_up": "signup signed_up registration registered account_created user_created customer_created",
    "coupon": "coupon_used coupon_redeemed",
    "dispute": "disputed chargeback",
    "payment_failed": "payment_failure charge_failed invoice_payment_failed",
    "subscription_started": "subscription_created subscription_start new_subscription subscription_activated",
    "subscription_renewed": "renewed renewal subscription_renewal",
    "subscription_ended": "subscription_cancelled subscription_canceled subscription_deleted subscription_expired"
    " subscription_end",
}
_SUBSCRIPTION = {
    "subscription_started": "create created start started new activated activation signup reactivated resubscribed"
    " subscribed begin started",
    "subscription_renewed": "renew renewed renewal paid invoice_paid invoice_payment_succeeded"
    " payment_succeeded charge charged payment rebill",
    "subscription_ended": "cancel cancelled canceled cancellation end ended expired expiration deleted terminated"
    " churned lapsed stopped unsubscribed",
    "refund": "refund refunded",
}
_MAIL = {
    "mail_sent": "sent send processed",
    "mail_delivered": "delivered delivery",
    "mail_open": "open opened",
    "mail_click": "click clicked",
    "mail_bounced": "bounce bounced hard_bounce soft_bounce",
    "mail_complained": "spam complaint complained spamreport spam_report",
}
_STATES = {
    "purchase": "paid complete completed fulfilled shipped delivered closed processing success succeeded settled"
    " bezahlt versendet geliefert abgeschlossen",
    IGNORED: "cancel cancelled canceled cancellation storno storniert voided void expired failed declined pending draft"
    " unpaid on_hold checkout_draft authorized open refunded returned refund return",
}
"""Of an order's state: what became of it later is no event of its time."""


def plain(value: str) -> str:
    """Return a value in small letters, its words joined by underscores."""
    return re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value).casefold()).strip("_")


def kind(value: str, vocabulary: Mapping[str, str]) -> str:
    """Return the kind that a value is a word for, also in `customer.subscription.deleted`; empty where it is none."""
    own = plain(value)
    of_subscription = own.removeprefix("customer_")
    if own in vocabulary or not of_subscription.startswith("subscription_"):
        return vocabulary.get(own, "")
    return vocabulary.get(of_subscription, "") or OF_SUBSCRIPTIONS.get(
        of_subscription.removeprefix("subscription_"), ""
    )


def _read(*of: dict[str, str]) -> dict[str, str]:
    return {word: kind for words in of for kind, known in words.items() for word in known.split()}


EVENTS = _read(_EVENTS) | {kind: kind for kind in KINDS}
OF_SUBSCRIPTIONS = EVENTS | _read(_SUBSCRIPTION)
OF_MAIL = EVENTS | _read(_MAIL)
STATES = _read(_STATES)
