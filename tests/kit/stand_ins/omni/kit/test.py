"""Stand-in for `omni.kit.test`: test cases whose `setUp`, `tearDown` and tests are coroutines.

Signatures: typings/omni/kit/test/async_unittest.pyi of work-r-labs/isaacsim_typings_5.
"""

import unittest


class AsyncTestCase(unittest.IsolatedAsyncioTestCase):
    def __init_subclass__(cls) -> None:
        for name, asynchronous in (("setUp", "asyncSetUp"), ("tearDown", "asyncTearDown")):
            if name in vars(cls):
                setattr(cls, asynchronous, vars(cls)[name])
                delattr(cls, name)
