using System.Buffers.Binary;
using System.Text;

namespace FedHe.Safetensors.Tests.Support;

/// <summary>A raw file is made byte by byte, as the description of the format says, and by no code under test.</summary>
internal static class RawFile
{
    /// <summary>Puts the length, the text and the data of a file one after the other.</summary>
    public static byte[] Of(string text, params byte[] data) => Of(Encoding.UTF8.GetBytes(text), data);

    public static byte[] Of(byte[] text, params byte[] data)
    {
        byte[] length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        return [.. length, .. text, .. data];
    }

    /// <summary>Pads a text with spaces to a multiple of eight bytes.</summary>
    public static string Padded(string text) => text + new string(' ', -Encoding.UTF8.GetByteCount(text) & 7);

    /// <summary>A file of every element type that the format knows, with a scalar, an empty tensor and metadata.</summary>
    public static byte[] OfEveryType()
    {
        (string Dtype, string Shape, int Bytes)[] tensors =
        [
            ("U64", "[1]", 8), ("I64", "[2]", 16), ("F64", "[]", 8), ("C64", "[1]", 8), ("F32", "[2,3]", 24), ("U32", "[1]", 4), ("I32", "[3]", 12),
            ("BF16", "[4]", 8), ("F16", "[2,2]", 8), ("U16", "[1]", 2), ("I16", "[3]", 6), ("F8_E5M2FNUZ", "[1]", 1), ("F8_E4M3FNUZ", "[1]", 1),
            ("F8_E8M0", "[2]", 2), ("F8_E4M3", "[3]", 3), ("F8_E5M2", "[1]", 1), ("I8", "[2]", 2), ("U8", "[5]", 5), ("F6_E3M2", "[4]", 3),
            ("F6_E2M3", "[8]", 6), ("F4", "[2,3]", 3), ("BOOL", "[2]", 2), ("F32", "[0,7]", 0),
        ];
        var text = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        int offset = 0;
        for (int i = 0; i < tensors.Length; i++)
        {
            (string dtype, string shape, int bytes) = tensors[i];
            text.Append($",\"{i}.{dtype}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{offset},{offset + bytes}]}}");
            offset += bytes;
        }

        return Of(Padded(text.Append('}').ToString()), [.. Enumerable.Range(0, offset).Select(i => (byte)(i % 60))]);
    }
}
