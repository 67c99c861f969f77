using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>What one thread's operations modulo one number need beside their operands.</summary>
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
