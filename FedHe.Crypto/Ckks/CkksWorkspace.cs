using FedHe.Crypto.Kernels;

namespace FedHe.Crypto.Ckks;

/// <summary>
/// Scratch polynomials of one operation. They hold plaintexts and noise, so they are pinned and zeroed when the
/// operation ends; a context keeps them for the next one, and nothing is allocated per ciphertext.
/// </summary>
internal sealed class CkksWorkspace : IDisposable
{
    private readonly CkksWorkspacePool _pool;

    public CkksWorkspace(CkksWorkspacePool pool, int degree, int limbCount, int valueCount)
    {
        _pool = pool;
        Values = SecretMemory.Allocate<double>(valueCount);
        Coefficients = SecretMemory.Allocate<long>(degree);
        Error = SecretMemory.Allocate<sbyte>(degree);
        SecondError = SecretMemory.Allocate<sbyte>(degree);
        Ternary = SecretMemory.Allocate<sbyte>(degree);
        Polynomial = SecretMemory.Allocate<ulong>(degree);
        SecondPolynomial = SecretMemory.Allocate<ulong>(degree);
        Limbs = SecretMemory.Allocate<ulong>(degree * limbCount);
    }

    /// <summary>As many as a ciphertext holds, and at least one a coefficient.</summary>
    public double[] Values { get; }

    public long[] Coefficients { get; }

    public sbyte[] Error { get; }

    public sbyte[] SecondError { get; }

    public sbyte[] Ternary { get; }

    public ulong[] Polynomial { get; }

    public ulong[] SecondPolynomial { get; }

    /// <summary>Every limb of one polynomial, one after the other.</summary>
    public ulong[] Limbs { get; }

    /// <summary>Zeroes everything and returns the workspace to its context.</summary>
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
