"""Buy till you die: models of customers who purchase at a rate of their own until they leave, unseen.

`bg_nbd`, `mbg_nbd`, `mbg_cnbd` and `pareto_nbd` tell the number of purchases, `gamma_gamma` their value; each file has
one scikit-learn estimator. Nothing is imported here, so that the service, which only scores, does not load
scikit-learn.
"""
