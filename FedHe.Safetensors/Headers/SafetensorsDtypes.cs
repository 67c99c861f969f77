using System.Collections.Frozen;
using FedHe.MLBridge.Layout;

namespace FedHe.Safetensors.Headers;

/// <summary>Extension methods that give names, sizes and uses of element types.</summary>
public static class SafetensorsDtypes
{
    private static readonly FrozenDictionary<SafetensorsDtype, (string Name, int Bits)> Known = new Dictionary<SafetensorsDtype, (string, int)>
    {
        [SafetensorsDtype.Boolean] = ("BOOL", 8),
        [SafetensorsDtype.Float4] = ("F4", 4),
        [SafetensorsDtype.Float6E2M3] = ("F6_E2M3", 6),
        [SafetensorsDtype.Float6E3M2] = ("F6_E3M2", 6),
        [SafetensorsDtype.UInt8] = ("U8", 8),
        [SafetensorsDtype.Int8] = ("I8", 8),
        [SafetensorsDtype.Float8E5M2] = ("F8_E5M2", 8),
        [SafetensorsDtype.Float8E4M3] = ("F8_E4M3", 8),
        [SafetensorsDtype.Float8E8M0] = ("F8_E8M0", 8),
        [SafetensorsDtype.Float8E4M3Fnuz] = ("F8_E4M3FNUZ", 8),
        [SafetensorsDtype.Float8E5M2Fnuz] = ("F8_E5M2FNUZ", 8),
        [SafetensorsDtype.Int16] = ("I16", 16),
        [SafetensorsDtype.UInt16] = ("U16", 16),
        [SafetensorsDtype.Float16] = ("F16", 16),
        [SafetensorsDtype.BFloat16] = ("BF16", 16),
        [SafetensorsDtype.Int32] = ("I32", 32),
        [SafetensorsDtype.UInt32] = ("U32", 32),
        [SafetensorsDtype.Float32] = ("F32", 32),
        [SafetensorsDtype.Complex64] = ("C64", 64),
        [SafetensorsDtype.Float64] = ("F64", 64),
        [SafetensorsDtype.Int64] = ("I64", 64),
        [SafetensorsDtype.UInt64] = ("U64", 64),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, SafetensorsDtype> ByName = Known.ToFrozenDictionary(one => one.Value.Name, one => one.Key);

    /// <summary>Returns the name of the type in files, such as <c>BF16</c>.</summary>
    public static string FormatName(this SafetensorsDtype dtype)
        => Known.TryGetValue(dtype, out (string Name, int Bits) known) ? known.Name : throw new ArgumentOutOfRangeException(nameof(dtype));

    /// <summary>Returns the number of bits of an element, which is 4 or 6 for the smallest types.</summary>
    public static int BitsPerElement(this SafetensorsDtype dtype)
        => Known.TryGetValue(dtype, out (string Name, int Bits) known) ? known.Bits : throw new ArgumentOutOfRangeException(nameof(dtype));

    /// <summary>
    /// Returns whether tensors of this type can be averaged: F64, F32, F16 and BF16. All others stay where they are.
    /// </summary>
    public static bool IsAveraged(this SafetensorsDtype dtype)
        => dtype is SafetensorsDtype.Float64 or SafetensorsDtype.Float32 or SafetensorsDtype.Float16 or SafetensorsDtype.BFloat16;

    internal static bool TryParse(string name, out SafetensorsDtype dtype) => ByName.TryGetValue(name, out dtype);

    /// <summary>Returns the element type of a layout that holds elements of a type bit for bit, or null where none does.</summary>
    internal static ElementType? ToElementType(this SafetensorsDtype dtype) => dtype switch
    {
        SafetensorsDtype.Float64 => ElementType.Float64,
        SafetensorsDtype.Float32 => ElementType.Float32,
        SafetensorsDtype.Float16 => ElementType.Float16,
        SafetensorsDtype.BFloat16 => ElementType.BFloat16,
        SafetensorsDtype.Int64 => ElementType.Int64,
        SafetensorsDtype.Int32 => ElementType.Int32,
        SafetensorsDtype.UInt8 => ElementType.UInt8,
        SafetensorsDtype.Boolean => ElementType.Boolean,
        _ => null,
    };

    internal static SafetensorsDtype ToDtype(this ElementType type) => type switch
    {
        ElementType.Float64 => SafetensorsDtype.Float64,
        ElementType.Float16 => SafetensorsDtype.Float16,
        ElementType.BFloat16 => SafetensorsDtype.BFloat16,
        ElementType.Int64 => SafetensorsDtype.Int64,
        ElementType.Int32 => SafetensorsDtype.Int32,
        ElementType.UInt8 => SafetensorsDtype.UInt8,
        ElementType.Boolean => SafetensorsDtype.Boolean,
        _ => SafetensorsDtype.Float32,
    };
}
