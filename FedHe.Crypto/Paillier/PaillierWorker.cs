using FedHe.Crypto.Kernels;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Paillier;

/// <summary>Groups and words that one thread's operations modulo a square need; zeroed when returned.</summary>
/// <param name="modulus">The modulus.</param>
/// <param name="raisesToSecrets">Whether powers to secret exponents need their table.</param>
internal sealed class PaillierWorker(SquareModulus modulus, bool raisesToSecrets)
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

    public void Zero()
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
    }
}
