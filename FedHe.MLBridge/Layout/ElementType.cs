namespace FedHe.MLBridge.Layout;

/// <summary>Element type of a tensor. Numbers are part of the wire format.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 single precision.</summary>
    Float32 = 1,

    /// <summary>IEEE 754 double precision.</summary>
    Float64 = 2,

    /// <summary>IEEE 754 half precision.</summary>
    Float16 = 3,

    /// <summary>The upper half of a single-precision number: 8 significant bits.</summary>
    BFloat16 = 4,

    /// <summary>64-bit signed integer.</summary>
    Int64 = 5,

    /// <summary>32-bit signed integer.</summary>
    Int32 = 6,

    /// <summary>8-bit unsigned integer.</summary>
    UInt8 = 7,

    /// <summary>Truth value.</summary>
    Boolean = 8,
}
