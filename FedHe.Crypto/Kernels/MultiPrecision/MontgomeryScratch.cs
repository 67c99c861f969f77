using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Montgomery scratch memory holds the intermediate results of one thread's operations modulo one number.</summary>
internal sealed class MontgomeryScratch(SquareModulus modulus)
{
    public AlignedArray<ulong> Quotients { get; } = new(modulus.ResidueLength);

    public AlignedArray<ulong> Residue { get; } = new(modulus.ResidueLength);

    public void Zero()
    {
        SecretMemory.Zero<ulong>(Quotients.Span);
        SecretMemory.Zero<ulong>(Residue.Span);
    }
}
