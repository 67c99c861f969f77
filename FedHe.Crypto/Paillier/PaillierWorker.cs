using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Paillier;

/// <summary>Groups and words that one thread's operations modulo a square need; zeroed when the operation ends.</summary>
/// <param name="pool">Where it returns to.</param>
/// <param name="modulus">The modulus.</param>
/// <param name="raisesToSecrets">Whether powers to secret exponents need their table.</param>
internal sealed class PaillierWorker(PaillierWorkerPool pool, SquareModulus modulus, bool raisesToSecrets) : IDisposable
{
    private AlignedArray<ulong>? _groupWords;

    public MontgomeryScratch Scratch { get; } = new(modulus);

    public AlignedArray<ulong> First { get; } = new(modulus.GroupLength);

    public AlignedArray<ulong> Second { get; } = new(modulus.GroupLength);

    /// <summary>The words of one number modulo the square.</summary>
    public AlignedArray<ulong> Words { get; } = new(2 * modulus.Modulus.Length);

    /// <summary>The words of as many numbers as a group has; made when it is first asked for.</summary>
    public AlignedArray<ulong> GroupWords => _groupWords ??= new(2 * modulus.Modulus.Length * modulus.Lanes);

    public AlignedArray<ulong> Table { get; } = new(raisesToSecrets ? ModularPower.TableGroups * modulus.GroupLength : 0);

    /// <summary>Zeroes everything and returns the worker to its pool.</summary>
    public void Dispose()
    {
        Scratch.Zero();
        SecretMemory.Zero<ulong>(First);
        SecretMemory.Zero<ulong>(Second);
        SecretMemory.Zero<ulong>(Words);
        if (_groupWords is not null)
        {
            SecretMemory.Zero<ulong>(_groupWords);
        }

        SecretMemory.Zero<ulong>(Table);
        pool.Return(this);
    }
}
