using FedHe.Crypto.Kernels;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Paillier;

/// <summary>Groups and words that one thread's operations modulo n^2 need; zeroed when returned.</summary>
internal sealed class PaillierWorker(SquareModulus modulus)
{
    public MontgomeryScratch Scratch { get; } = new(modulus);

    public AlignedArray<ulong> First { get; } = new(modulus.GroupLength);

    public AlignedArray<ulong> Second { get; } = new(modulus.GroupLength);

    /// <summary>The words of a number below n^2.</summary>
    public AlignedArray<ulong> Words { get; } = new(2 * modulus.Modulus.Length);

    public void Zero()
    {
        Scratch.Zero();
        SecretMemory.Zero<ulong>(First);
        SecretMemory.Zero<ulong>(Second);
        SecretMemory.Zero<ulong>(Words);
    }
}
