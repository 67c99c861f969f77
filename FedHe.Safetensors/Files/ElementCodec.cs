using FedHe.Crypto.Kernels.Values;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Headers;
using FedHe.Safetensors.Kernels;

namespace FedHe.Safetensors.Files;

/// <summary>The element codec turns the bytes of averaged tensors into doubles and back.</summary>
internal static class ElementCodec
{
    /// <summary>Widens elements exactly. The bytes are reordered in place on a big-endian machine.</summary>
    public static void Widen(SafetensorsDtype dtype, Span<byte> bytes, Span<double> destination)
    {
        switch (dtype)
        {
            case SafetensorsDtype.Float32:
                ValueKernel.CopyWidened<float>(Numbers<float>(bytes), destination);
                break;
            case SafetensorsDtype.Float16:
                FloatConversion.Widen(Numbers<Half>(bytes), destination);
                break;
            case SafetensorsDtype.BFloat16:
                FloatConversion.WidenBFloat16(Numbers<ushort>(bytes), destination);
                break;
            default:
                Numbers<double>(bytes).CopyTo(destination);
                break;
        }
    }

    /// <summary>Rounds values to the nearest elements, with ties to even.</summary>
    /// <param name="tensor">The tensor that the values are for, in messages.</param>
    /// <param name="dtype">The type to write.</param>
    /// <param name="values">The values.</param>
    /// <param name="start">The index of the first value in its tensor, in messages.</param>
    /// <param name="bytes">Receives the bytes of as many elements.</param>
    public static void Narrow(string tensor, SafetensorsDtype dtype, ReadOnlySpan<double> values, long start, Span<byte> bytes)
    {
        int bad = ValueKernel.IndexOfNotFinite(values);
        if (bad >= 0)
        {
            throw Throw.NotFinite(tensor, start + bad);
        }

        bad = dtype switch
        {
            SafetensorsDtype.Float32 => NarrowToFloat32(values, bytes),
            SafetensorsDtype.Float16 => NarrowToFloat16(values, bytes),
            SafetensorsDtype.BFloat16 => NarrowToBFloat16(values, bytes),
            _ => CopyFloat64(values, bytes),
        };
        if (bad >= 0)
        {
            throw Throw.OutsideRange(tensor, dtype.FormatName(), start + bad);
        }
    }

    private static Span<T> Numbers<T>(Span<byte> bytes)
        where T : unmanaged
    {
        Span<T> numbers = LittleEndian.NumbersIn<T>(bytes);
        LittleEndian.Reorder(numbers);
        return numbers;
    }

    private static int NarrowToFloat32(ReadOnlySpan<double> values, Span<byte> bytes)
    {
        Span<float> singles = LittleEndian.NumbersIn<float>(bytes);
        FloatConversion.Narrow(values, singles);
        int bad = ValueKernel.IndexOfNotFinite<float>(singles);
        LittleEndian.Reorder(singles);
        return bad;
    }

    private static int NarrowToFloat16(ReadOnlySpan<double> values, Span<byte> bytes)
    {
        Span<Half> halves = LittleEndian.NumbersIn<Half>(bytes);
        FloatConversion.Narrow(values, halves);
        int bad = ValueKernel.IndexOfNotFinite<Half>(halves);
        LittleEndian.Reorder(halves);
        return bad;
    }

    private static int NarrowToBFloat16(ReadOnlySpan<double> values, Span<byte> bytes)
    {
        Span<ushort> bits = LittleEndian.NumbersIn<ushort>(bytes);
        FloatConversion.NarrowToBFloat16(values, bits);
        int bad = FloatConversion.IndexOfNotFiniteBFloat16(bits);
        LittleEndian.Reorder(bits);
        return bad;
    }

    private static int CopyFloat64(ReadOnlySpan<double> values, Span<byte> bytes)
    {
        Span<double> doubles = LittleEndian.NumbersIn<double>(bytes);
        values.CopyTo(doubles);
        LittleEndian.Reorder(doubles);
        return -1;
    }
}
