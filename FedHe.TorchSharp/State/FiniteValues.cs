using System.Numerics;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Values;
using FedHe.MLBridge.Errors;

namespace FedHe.TorchSharp.State;

/// <summary>Finite values are what models consist of: NaN and infinities cannot be encrypted, and stay in a module for good.</summary>
internal static class FiniteValues
{
    private const int ExponentOfBFloat16 = 0x7F80;

    /// <summary>Refuses NaN and infinities.</summary>
    public static void Check<T>(ReadOnlySpan<T> values, string entry)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        int first = ValueKernel.IndexOfNotFinite(values);
        if (first >= 0)
        {
            throw new ModelValueException(ValueError.NotFinite, entry, first);
        }
    }

    /// <summary>Refuses NaN and infinities among the bit patterns of bfloat16 numbers.</summary>
    public static void CheckBFloat16(ReadOnlySpan<ushort> bits, string entry)
    {
        for (int i = 0; i < bits.Length; i++)
        {
            if ((bits[i] & ExponentOfBFloat16) == ExponentOfBFloat16)
            {
                throw new ModelValueException(ValueError.NotFinite, entry, i);
            }
        }
    }
}
