namespace FedHe.Safetensors.Headers;

/// <summary>The element types of the safetensors format, in the format's order of alignment.</summary>
public enum SafetensorsDtype
{
    /// <summary>A Boolean of one byte, <c>BOOL</c>.</summary>
    Boolean = 1,

    /// <summary>A floating number of 4 bits, <c>F4</c>.</summary>
    Float4 = 2,

    /// <summary>A floating number of 6 bits with 3 bits of fraction, <c>F6_E2M3</c>.</summary>
    Float6E2M3 = 3,

    /// <summary>A floating number of 6 bits with 2 bits of fraction, <c>F6_E3M2</c>.</summary>
    Float6E3M2 = 4,

    /// <summary>An unsigned integer of 8 bits, <c>U8</c>.</summary>
    UInt8 = 5,

    /// <summary>A signed integer of 8 bits, <c>I8</c>.</summary>
    Int8 = 6,

    /// <summary>A floating number of 8 bits with 2 bits of fraction, <c>F8_E5M2</c>.</summary>
    Float8E5M2 = 7,

    /// <summary>A floating number of 8 bits with 3 bits of fraction, <c>F8_E4M3</c>.</summary>
    Float8E4M3 = 8,

    /// <summary>A power of two in 8 bits, <c>F8_E8M0</c>.</summary>
    Float8E8M0 = 9,

    /// <summary>A floating number of 8 bits with 3 bits of fraction and without negative zero, <c>F8_E4M3FNUZ</c>.</summary>
    Float8E4M3Fnuz = 10,

    /// <summary>A floating number of 8 bits with 2 bits of fraction and without negative zero, <c>F8_E5M2FNUZ</c>.</summary>
    Float8E5M2Fnuz = 11,

    /// <summary>A signed integer of 16 bits, <c>I16</c>.</summary>
    Int16 = 12,

    /// <summary>An unsigned integer of 16 bits, <c>U16</c>.</summary>
    UInt16 = 13,

    /// <summary>A half-precision number, <c>F16</c>.</summary>
    Float16 = 14,

    /// <summary>A bfloat16 number, <c>BF16</c>.</summary>
    BFloat16 = 15,

    /// <summary>A signed integer of 32 bits, <c>I32</c>.</summary>
    Int32 = 16,

    /// <summary>An unsigned integer of 32 bits, <c>U32</c>.</summary>
    UInt32 = 17,

    /// <summary>A single-precision number, <c>F32</c>.</summary>
    Float32 = 18,

    /// <summary>A complex number of two single-precision numbers, <c>C64</c>.</summary>
    Complex64 = 19,

    /// <summary>A double-precision number, <c>F64</c>.</summary>
    Float64 = 20,

    /// <summary>A signed integer of 64 bits, <c>I64</c>.</summary>
    Int64 = 21,

    /// <summary>An unsigned integer of 64 bits, <c>U64</c>.</summary>
    UInt64 = 22,
}
