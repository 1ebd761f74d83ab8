"""Parts of omni.ext that boxfit uses.

Kit looks up both methods by name. Source: the Kit manual, "Extensions", and the templates of
NVIDIA-Omniverse/kit-app-template (templates/extensions/python_ui).
"""

class IExt:
    def __init__(self) -> None: ...
    def on_startup(self, ext_id: str) -> None: ...
    def on_shutdown(self) -> None: ...
