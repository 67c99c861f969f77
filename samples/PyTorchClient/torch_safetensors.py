"""Reads and writes safetensors files with PyTorch alone, for systems that have no package safetensors, such as Debian 12.

Both functions do what the functions of the same names in safetensors.torch do.
"""
import json
import struct

import torch

TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}
NAMES = {dtype: name for name, dtype in TYPES.items()}


def save_file(tensors, path, metadata=None):
    """Writes tensors, given as name -> tensor; those that share memory are refused, as the format has no ties."""
    places = [tensor.data_ptr() for tensor in tensors.values() if tensor.numel() > 0]
    if len(set(places)) < len(places):
        raise ValueError("tensors share memory: drop one of their names")
    header, length = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [length, length + size]}
        length += size
    text = json.dumps(header, ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            flat = tensor.detach().cpu().contiguous().flatten()
            # NumPy has no bfloat16, and bytes of every type.
            file.write(flat.view(torch.uint8).numpy().tobytes() if flat.numel() > 0 else b"")


def load_file(path):
    """Returns the tensors, as name -> tensor."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length).decode("utf-8"))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        dtype = TYPES[entry["dtype"]]
        flat = torch.frombuffer(data[begin:end], dtype=torch.uint8).view(dtype) if end > begin else torch.empty(0, dtype=dtype)
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors
