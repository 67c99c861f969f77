namespace FedHe.Crypto.Kernels.Sampling;

/// <summary>The specification of the public steps of seed expansion.</summary>
internal sealed class UniformSpecification : UniformKernel
{
    public override void WriteCounters(Span<ulong> words, ulong first, ulong label)
    {
        for (int i = 0; i < words.Length; i += WordsPerBlock)
        {
            words[i] = Portable(first + (ulong)(i / WordsPerBlock));
            words[i + 1] = Portable(label);
        }
    }

    public override bool Mask(ReadOnlySpan<ulong> words, ulong mask, ulong modulus, Span<ulong> destination)
    {
        words = words[..destination.Length];
        ulong outside = 0;
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = Portable(words[i]) & mask;
            outside |= modulus - 1 - destination[i];
        }

        return (outside >> 63) == 0;
    }

    public override bool MaskAndAdd(
        ReadOnlySpan<ulong> words, ulong mask, ulong modulus, ReadOnlySpan<ulong> addend, Span<ulong> destination)
    {
        bool inRange = Mask(words, mask, modulus, destination);
        for (int i = 0; i < destination.Length; i++)
        {
            ulong sum = destination[i] + addend[i];
            destination[i] = Math.Min(sum, sum - modulus); // below the modulus the difference wraps around
        }

        return inRange;
    }

    /// <summary>
    /// Converts between the byte order of the machine and little-endian order, which blocks have on every machine.
    /// </summary>
    private static ulong Portable(ulong word)
        => BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word);
}
