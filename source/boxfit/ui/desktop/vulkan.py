"""Number of available Vulkan devices. Vulkan: https://registry.khronos.org/vulkan/specs/latest/html/"""

from __future__ import annotations

import ctypes

_SUCCESS = 0
_INSTANCE_CREATE_INFO = 1


class _InstanceCreateInfo(ctypes.Structure):
    """`VkInstanceCreateInfo`; all zero but for its type, it requests no extensions."""

    _fields_ = (
        ("type", ctypes.c_int32),
        ("next", ctypes.c_void_p),
        ("flags", ctypes.c_uint32),
        ("application", ctypes.c_void_p),
        ("layer_count", ctypes.c_uint32),
        ("layers", ctypes.c_void_p),
        ("extension_count", ctypes.c_uint32),
        ("extensions", ctypes.c_void_p),
    )


def count_devices() -> int:
    """Count the devices, software devices included; without a driver there are none.

    Raises:
        OSError: If there is no Vulkan loader.
    """
    vulkan = ctypes.CDLL("libvulkan.so.1")
    instance, count = ctypes.c_void_p(), ctypes.c_uint32()
    wanted = _InstanceCreateInfo(type=_INSTANCE_CREATE_INFO)
    if vulkan.vkCreateInstance(ctypes.byref(wanted), None, ctypes.byref(instance)) != _SUCCESS:
        return 0
    try:
        if vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), None) != _SUCCESS:
            return 0
        return count.value
    finally:
        vulkan.vkDestroyInstance(instance, None)
