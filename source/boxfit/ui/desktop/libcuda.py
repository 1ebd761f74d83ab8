"""A stub of the NVIDIA driver library, with which the desktop window starts on machines without the driver.

ovui shares images with CUDA where it can, and is therefore linked to the driver: without `libcuda.so.1` the import of
omni.ui fails. Nothing of it is called when another driver draws. The stub has the eight functions that ovui links to;
each returns 100, `CUDA_ERROR_NO_DEVICE`, as the real library does on a machine without a device.

Limits: Linux on x86-64, as ovui itself. The loader identifies the stub by its SONAME, so any other library of the same
process also gets it, and finds only these eight functions. It is not used where there is a real driver. A system that
forbids running code from memory (`vm.memfd_noexec=2`) rejects it.

ELF: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
"""

from __future__ import annotations

import ctypes
import os
import struct

SONAME = "libcuda.so.1"
FUNCTIONS = (
    "cuInit",
    "cuDeviceGet",
    "cuCtxCreate_v2",
    "cuCtxDestroy_v2",
    "cuMemcpyDtoH_v2",
    "cuImportExternalMemory",
    "cuExternalMemoryGetMappedBuffer",
    "cuDestroyExternalMemory",
)
NO_DEVICE = 100

_CODE = b"\xb8" + struct.pack("<I", NO_DEVICE) + b"\xc3"
"""x86-64 instructions for `return NO_DEVICE`."""

_PAGE = 0x10000
_FILE_HEADER, _PROGRAM_HEADER, _SYMBOL = 64, 56, 24
_READ, _WRITE, _EXECUTE = 4, 2, 1
_PT_LOAD, _PT_DYNAMIC, _PT_GNU_STACK = 1, 2, 0x6474E551
_DT_NULL, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_SYMENT, _DT_SONAME = 0, 4, 5, 6, 10, 11, 14


def ensure_libcuda() -> bool:
    """Load the driver library, or the stub where there is none. Call it before omni.ui is imported.

    Returns:
        True if it is the real library.

    Raises:
        OSError: If the system rejects the stub.
    """
    try:
        ctypes.CDLL(SONAME)
        return True
    except OSError:
        pass
    # A file in memory: the temporary folder may be mounted with noexec.
    file = os.memfd_create(SONAME)
    try:
        os.write(file, stand_in())
        ctypes.CDLL(f"/proc/self/fd/{file}")
    finally:
        os.close(file)
    return False


def stand_in() -> bytes:
    """Return the stub as an ELF shared library of under 1 KB."""
    strings, offset_of = b"\0", {}
    for name in (SONAME, *FUNCTIONS):
        offset_of[name] = len(strings)
        strings += name.encode() + b"\0"
    symbols_at = _FILE_HEADER + 4 * _PROGRAM_HEADER
    count = len(FUNCTIONS) + 1
    hash_at = symbols_at + _SYMBOL * count
    # One bucket, whose chain visits every symbol but the empty first one.
    hashes = struct.pack(f"<3I{count}I", 1, count, 1, 0, *range(2, count), 0)
    strings_at = hash_at + len(hashes)
    code_at = _aligned(strings_at + len(strings), 16)
    dynamic_at = _aligned(code_at + len(_CODE), 16)
    # GLOBAL FUNC in a section that is not "undefined".
    symbols = bytes(_SYMBOL) + b"".join(
        struct.pack("<IBBHQQ", offset_of[name], 0x12, 0, 1, code_at, len(_CODE)) for name in FUNCTIONS
    )
    entries = (
        (_DT_SONAME, offset_of[SONAME]),
        (_DT_HASH, hash_at),
        (_DT_STRTAB, strings_at),
        (_DT_SYMTAB, symbols_at),
        (_DT_STRSZ, len(strings)),
        (_DT_SYMENT, _SYMBOL),
        (_DT_NULL, 0),
    )
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    identity = b"\x7fELF\2\1\1" + bytes(9)
    # A shared object (3) for x86-64 (62), with four program headers and no sections.
    header = identity + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, _FILE_HEADER, 0, 0, _FILE_HEADER, _PROGRAM_HEADER, 4, 0, 0, 0
    )
    # No memory is both writable and executable, and the stack is declared non-executable: hardened systems require
    # both, and the loader (glibc from 2.41) rejects a library without a stack declaration.
    programs = (
        _program(_PT_LOAD, _READ | _EXECUTE, 0, 0, dynamic_at, _PAGE)
        + _program(_PT_LOAD, _READ | _WRITE, dynamic_at, _PAGE + dynamic_at, len(dynamic), _PAGE)
        + _program(_PT_DYNAMIC, _READ | _WRITE, dynamic_at, _PAGE + dynamic_at, len(dynamic), 8)
        + _program(_PT_GNU_STACK, _READ | _WRITE, 0, 0, 0, 16)
    )
    parts = ((0, header + programs), (symbols_at, symbols), (hash_at, hashes), (strings_at, strings))
    library = bytearray(dynamic_at + len(dynamic))
    for start, part in (*parts, (code_at, _CODE), (dynamic_at, dynamic)):
        library[start : start + len(part)] = part
    return bytes(library)


def _program(kind: int, flags: int, offset: int, address: int, size: int, align: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, size, size, align)


def _aligned(offset: int, to: int) -> int:
    return -(-offset // to) * to
