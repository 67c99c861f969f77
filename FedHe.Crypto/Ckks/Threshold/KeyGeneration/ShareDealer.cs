using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Threshold.KeyGeneration;

/// <summary>
/// A share dealer shares a secret polynomial s among n parties, so that any t know it and fewer know nothing: party j gets the value at j
/// of s + r_1*X + ... + r_(t-1)*X^(t-1), with uniform r modulo every prime.
/// </summary>
/// <remarks>
/// All polynomials are transformed; the transform of a uniform polynomial is uniform. Sources: Shamir, "How to Share a Secret", CACM
/// 1979; Mouchet, Bertrand and Hubaux, ePrint 2022/780, section 3.
/// </remarks>
internal sealed class ShareDealer : IDisposable
{
    private readonly CkksRing _ring;
    private readonly int _count;
    private readonly ulong[] _coefficients;

    /// <summary>Draws r_1 to r_(t-1).</summary>
    public ShareDealer(CkksRing ring, int threshold, RandomSource random)
    {
        _ring = ring;
        _count = threshold - 1;
        _coefficients = SecretMemory.Allocate<ulong>(_count * ring.LimbCount * ring.Degree);
        var blocks = new CipherBlocks(ring.Degree);
        try
        {
            for (int index = 0; index < _count; index++)
            {
                for (int limb = 0; limb < ring.LimbCount; limb++)
                {
                    Fill(Coefficient(index, limb), ring.Parameters.Moduli[limb], blocks, random);
                }
            }
        }
        finally
        {
            SecretMemory.Zero(blocks.Words);
        }
    }

    /// <summary>Computes the share of a party.</summary>
    public DealtShare Deal(ThresholdParameters parameters, Digest session, int sender, int recipient, FixedPolynomial secret)
    {
        var share = new DealtShare(parameters.Id, session, sender, recipient, PackedPolynomial.LengthOf(_ring));
        using CkksWorkspace workspace = _ring.Workspaces.Rent();
        Span<ulong> value = workspace.Polynomial;
        Span<byte> packed = share.Packed;
        for (int limb = 0; limb < _ring.LimbCount; limb++)
        {
            ulong modulus = _ring.Parameters.Moduli[limb];
            var point = ShoupFactor.Create((ulong)recipient, modulus);
            value.Clear();
            for (int index = _count - 1; index >= 0; index--)
            {
                PolynomialKernel.Default.Add(value, Coefficient(index, limb), modulus);
                PolynomialKernel.Default.Scale(value, point, modulus);
            }

            PolynomialKernel.Default.Add(value, secret.Limb(limb).Values, modulus);
            packed = PackedPolynomial.Pack(_ring, limb, value, packed);
        }

        return share;
    }

    public void Dispose() => SecretMemory.Zero<ulong>(_coefficients);

    private static void Fill(Span<ulong> destination, ulong modulus, CipherBlocks blocks, RandomSource random)
    {
        ulong mask = (1UL << CkksParameters.WidthOf(modulus)) - 1;
        while (!destination.IsEmpty)
        {
            random.Fill(blocks.Bytes[..(sizeof(ulong) * destination.Length)]);
            bool areAllBelow = UniformKernel.Default.Mask(blocks.Words[..destination.Length], mask, modulus, destination);
            destination = areAllBelow ? [] : destination[UniformKernel.Compact(destination, modulus)..];
        }
    }

    private Span<ulong> Coefficient(int index, int limb)
        => _coefficients.AsSpan(((index * _ring.LimbCount) + limb) * _ring.Degree, _ring.Degree);
}
