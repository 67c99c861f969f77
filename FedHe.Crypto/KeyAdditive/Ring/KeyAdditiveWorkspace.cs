using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.KeyAdditive.Ring;

/// <summary>
/// A key-additive workspace holds the scratch polynomials of one operation, in pinned memory that is zeroed when the
/// operation ends.
/// </summary>
internal sealed class KeyAdditiveWorkspace : IDisposable
{
    private readonly ConcurrentPool<KeyAdditiveWorkspace> _pool;

    public KeyAdditiveWorkspace(ConcurrentPool<KeyAdditiveWorkspace> pool, int degree, int valueCount)
    {
        _pool = pool;
        Values = new AlignedArray<double>(Math.Max(degree, valueCount));
        Coefficients = new AlignedArray<long>(degree);
        Error = new AlignedArray<sbyte>(degree);
        Polynomial = new AlignedArray<ulong>(degree);
        SecondPolynomial = new AlignedArray<ulong>(degree);
        Expansion = new CipherBlocks(degree);
    }

    /// <summary>The values of one ciphertext, or the coefficients of one polynomial.</summary>
    public AlignedArray<double> Values { get; }

    public AlignedArray<long> Coefficients { get; }

    public AlignedArray<sbyte> Error { get; }

    public AlignedArray<ulong> Polynomial { get; }

    public AlignedArray<ulong> SecondPolynomial { get; }

    /// <summary>The memory of the first half of <see cref="Polynomial"/>, for a polynomial of 32-bit numbers.</summary>
    public Span<uint> HalfPolynomial => HalfWords.Of(Polynomial);

    /// <summary>The memory of the first half of <see cref="SecondPolynomial"/>, for a polynomial of 32-bit numbers.</summary>
    public Span<uint> SecondHalfPolynomial => HalfWords.Of(SecondPolynomial);

    /// <summary>Scratch memory of expansion, which holds public data only.</summary>
    public CipherBlocks Expansion { get; }

    /// <summary>Zeroes everything secret and returns the workspace to its ring.</summary>
    public void Dispose()
    {
        SecretMemory.Zero<double>(Values);
        SecretMemory.Zero<long>(Coefficients);
        SecretMemory.Zero<sbyte>(Error);
        SecretMemory.Zero<ulong>(Polynomial);
        SecretMemory.Zero<ulong>(SecondPolynomial);
        _pool.Return(this);
    }
}
