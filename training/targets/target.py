"""A target: a number about one customer after the as-of. One small class each; a dataset declares those it wants."""

from training.targets.category import Category
from training.targets.churn import Churn
from training.targets.comeback import Comeback
from training.targets.conversion import Conversion
from training.targets.decline import Decline
from training.targets.next_purchase import NextPurchase
from training.targets.purchases import Purchases
from training.targets.renewal import Renewal
from training.targets.repurchase import Repurchase
from training.targets.response import Response
from training.targets.spend import Spend

Target = (
    Category
    | Churn
    | Comeback
    | Conversion
    | Decline
    | NextPurchase
    | Purchases
    | Renewal
    | Repurchase
    | Response
    | Spend
)
