using FedHe.Crypto.Kernels;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Paillier;

/// <summary>Groups that one decryption needs modulo the square of a prime.</summary>
internal sealed class PaillierPrimeWorker(SquareModulus modulus)
{
    public MontgomeryScratch Scratch { get; } = new(modulus);

    public AlignedArray<ulong> First { get; } = new(modulus.GroupLength);

    public AlignedArray<ulong> Second { get; } = new(modulus.GroupLength);

    public AlignedArray<ulong> Table { get; } = new(ModularPower.TableGroups * modulus.GroupLength);

    public void Zero()
    {
        Scratch.Zero();
        SecretMemory.Zero<ulong>(First);
        SecretMemory.Zero<ulong>(Second);
        SecretMemory.Zero<ulong>(Table);
    }
}
