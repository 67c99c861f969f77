"""Reads and writes safetensors files with nothing but the standard library, from the description of the format.

    python3 pure_safetensors.py write PATH    a file of known tensors
    python3 pure_safetensors.py read PATH     prints what is in a file, as JSON
"""
import json
import struct
import sys

CODES = {"F64": "d", "F32": "f", "F16": "e", "I64": "q", "I32": "i", "U8": "B", "BOOL": "?"}


def save(path, tensors, metadata=None):
    """Writes tensors, given as name -> (dtype, shape, values)."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, values) in tensors.items():
        raw = struct.pack("<%d%s" % (len(values), CODES[dtype]), *values)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def load(path):
    """Returns the tensors, as name -> (dtype, shape, values), and the metadata."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    assert length % 8 == 0, "the data is not aligned"
    header = json.loads(content[8 : 8 + length].decode("utf-8"))
    metadata = header.pop("__metadata__", {})
    data, tensors = content[8 + length :], {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        code = CODES[entry["dtype"]]
        count = (end - begin) // struct.calcsize("<" + code)
        tensors[name] = (entry["dtype"], entry["shape"], list(struct.unpack("<%d%s" % (count, code), data[begin:end])))
    return tensors, metadata


if __name__ == "__main__":
    if sys.argv[1] == "write":
        save(
            sys.argv[2],
            {
                "schicht.größe": ("F32", [2, 2], [0.5, -0.25, 1.5, 3.0]),
                "half": ("F16", [3], [1.0, -2.0, 65504.0]),
                "double": ("F64", [], [0.1]),
                "steps": ("I64", [1], [7]),
            },
            {"format": "pt", "note": "ü"},
        )
    else:
        found, notes = load(sys.argv[2])
        print(json.dumps({"tensors": found, "metadata": notes}))
