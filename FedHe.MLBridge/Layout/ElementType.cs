namespace FedHe.MLBridge.Layout;

/// <summary>The element type of a tensor. The numeric values are part of the wire format.</summary>
public enum ElementType
{
    /// <summary>An IEEE 754 single-precision number.</summary>
    Float32 = 1,

    /// <summary>An IEEE 754 double-precision number.</summary>
    Float64 = 2,

    /// <summary>An IEEE 754 half-precision number.</summary>
    Float16 = 3,

    /// <summary>A bfloat16 number: the upper half of a single-precision number, with 8 significant bits.</summary>
    BFloat16 = 4,

    /// <summary>A 64-bit signed integer.</summary>
    Int64 = 5,

    /// <summary>A 32-bit signed integer.</summary>
    Int32 = 6,

    /// <summary>An 8-bit unsigned integer.</summary>
    UInt8 = 7,

    /// <summary>A Boolean value, true or false.</summary>
    Boolean = 8,
}
