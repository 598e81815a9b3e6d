"""The service's application as it is, without the layers that BentoML puts around it."""

from typing import Any

from serving.service import Habitus, app


def made() -> Any:
    """Return the application over what `make serve` would serve."""
    app.state.launched = True
    Habitus()
    return app
