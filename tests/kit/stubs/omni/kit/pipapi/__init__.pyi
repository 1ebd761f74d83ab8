"""Parts of omni.kit.pipapi that boxfit uses; the spelling `surpress_output` is real.

Source: the manual page of omni.kit.pipapi, "Python API".
"""

def install(
    package: str,
    module: str | None = None,
    ignore_import_check: bool = False,
    ignore_cache: bool = False,
    version: str | None = None,
    use_online_index: bool = True,
    surpress_output: bool = False,
    extra_args: list[str] | None = None,
) -> bool: ...
