using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Ckks.Ring;

/// <summary>
/// A CKKS workspace holds the scratch polynomials of one operation, in pinned memory that is zeroed when the operation
/// ends.
/// </summary>
/// <remarks>
/// The polynomials hold plaintexts and noise. A context keeps workspaces for the next operation, and nothing is
/// allocated per ciphertext.
/// </remarks>
internal sealed class CkksWorkspace : IDisposable
{
    private readonly ConcurrentPool<CkksWorkspace> _pool;

    public CkksWorkspace(ConcurrentPool<CkksWorkspace> pool, int degree, int limbCount, int valueCount)
    {
        _pool = pool;
        Values = new AlignedArray<double>(valueCount);
        Coefficients = new AlignedArray<long>(degree);
        Error = new AlignedArray<sbyte>(degree);
        SecondError = new AlignedArray<sbyte>(degree);
        Ternary = new AlignedArray<sbyte>(degree);
        Polynomial = new AlignedArray<ulong>(degree);
        SecondPolynomial = new AlignedArray<ulong>(degree);
        Limbs = new AlignedArray<ulong>(degree * limbCount);
        Expansion = new CipherBlocks(degree);
    }

    /// <summary>The values of one ciphertext, or the coefficients of one polynomial.</summary>
    public AlignedArray<double> Values { get; }

    public AlignedArray<long> Coefficients { get; }

    public AlignedArray<sbyte> Error { get; }

    public AlignedArray<sbyte> SecondError { get; }

    public AlignedArray<sbyte> Ternary { get; }

    public AlignedArray<ulong> Polynomial { get; }

    public AlignedArray<ulong> SecondPolynomial { get; }

    /// <summary>All limbs of one polynomial, one after the other.</summary>
    public AlignedArray<ulong> Limbs { get; }

    /// <summary>Scratch memory of seed expansion, which holds public data only.</summary>
    public CipherBlocks Expansion { get; }

    /// <summary>Zeroes everything secret and returns the workspace to its context.</summary>
    public void Dispose()
    {
        SecretMemory.Zero<double>(Values);
        SecretMemory.Zero<long>(Coefficients);
        SecretMemory.Zero<sbyte>(Error);
        SecretMemory.Zero<sbyte>(SecondError);
        SecretMemory.Zero<sbyte>(Ternary);
        SecretMemory.Zero<ulong>(Polynomial);
        SecretMemory.Zero<ulong>(SecondPolynomial);
        SecretMemory.Zero<ulong>(Limbs);
        _pool.Return(this);
    }
}
