"""Stand-in for `omni.ext`; in Kit the two methods are looked up by name."""


class IExt:
    def on_startup(self, ext_id: str) -> None: ...

    def on_shutdown(self) -> None: ...
