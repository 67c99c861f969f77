namespace FedHe.Crypto.Kernels;

/// <summary>The specification of the public side of seed expansion.</summary>
internal sealed class ScalarUniformKernel : UniformKernel
{
    public override void WriteCounters(Span<ulong> words, ulong first, ulong label)
    {
        for (int i = 0; i < words.Length; i += WordsPerBlock)
        {
            words[i] = Portable(first + (ulong)(i / WordsPerBlock));
            words[i + 1] = Portable(label);
        }
    }

    public override bool Mask(Span<ulong> words, ulong mask, ulong modulus)
    {
        ulong outside = 0;
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = Portable(words[i]) & mask;
            outside |= modulus - 1 - words[i];
        }

        return (outside >> 63) == 0;
    }

    /// <summary>Blocks are little-endian on every machine.</summary>
    private static ulong Portable(ulong word)
        => BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word);
}
