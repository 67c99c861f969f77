using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Tags;

/// <summary>
/// Hash points are the secret points (x_h, y_h) at which the two hashes h = 0, 1 evaluate, with the powers that folding needs.
/// </summary>
/// <param name="words">
/// <see cref="Length"/> residues: for each hash y, then x^(2^j) for j from 0 to <see cref="TagKernel.LogRowLength"/> - 1.
/// </param>
internal readonly ref struct HashPoints(ReadOnlySpan<ulong> words)
{
    private const int WordsPerHash = 1 + TagKernel.LogRowLength;

    /// <summary>The number of words of the points of both hashes.</summary>
    public const int Length = TagKernel.HashCount * WordsPerHash;

    private readonly ReadOnlySpan<ulong> _words = words[..Length];

    /// <summary>The factor y_h of a row.</summary>
    public ulong Y(int hash) => _words[hash * WordsPerHash];

    /// <summary>The factor x_h^(2^log) of a column.</summary>
    public ulong X(int hash, int log) => _words[(hash * WordsPerHash) + 1 + log];

    /// <summary>Writes the words of the points (x, y) of one hash.</summary>
    public static void Write(Span<ulong> words, int hash, ulong x, ulong y, in BarrettModulus modulus)
    {
        Span<ulong> destination = words.Slice(hash * WordsPerHash, WordsPerHash);
        destination[0] = y;
        destination[1] = x;
        for (int i = 2; i < destination.Length; i++)
        {
            destination[i] = modulus.Multiply(destination[i - 1], destination[i - 1]);
        }
    }
}
