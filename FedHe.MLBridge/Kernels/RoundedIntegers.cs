using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.MLBridge.Kernels;

/// <summary>Rounded integers encode real numbers as little-endian 4-byte integers.</summary>
internal static class RoundedIntegers
{
    // A double below 2^51 plus this number is rounded to the nearest integer, which lies in the low bits of the word.
    private const double RoundingShift = 6755399441055744.0;

    /// <summary>Writes values*scale, rounded to the nearest integer with ties to even, in 4 bytes each.</summary>
    /// <param name="values">Values in (-2^31/scale, 2^31/scale).</param>
    /// <param name="scale">The factor that every value is multiplied by.</param>
    /// <param name="destination">Receives the integers.</param>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Write(ReadOnlySpan<double> values, double scale, Span<byte> destination)
    {
        Span<int> integers = MemoryMarshal.Cast<byte, int>(destination)[..values.Length];
        int i = 0;
        if (BitConverter.IsLittleEndian)
        {
            var factor = new Vector<double>(scale);
            var shift = new Vector<double>(RoundingShift);
            for (; i <= values.Length - Vector<int>.Count; i += Vector<int>.Count)
            {
                Vector<double> low = (new Vector<double>(values[i..]) * factor) + shift;
                Vector<double> high = (new Vector<double>(values[(i + Vector<double>.Count)..]) * factor) + shift;
                Vector.Narrow(Vector.AsVectorInt64(low), Vector.AsVectorInt64(high)).CopyTo(integers[i..]);
            }
        }

        for (; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(destination[(sizeof(int) * i)..], (int)Math.Round(values[i] * scale));
        }
    }
}
