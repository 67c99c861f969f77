using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.Ckks.Keys;

/// <summary>
/// A CKKS secret key is a uniform ternary polynomial, with its transform for every prime. On the wire a coefficient
/// takes two bits.
/// </summary>
internal sealed class CkksSecretKey : SecretKey
{
    private readonly sbyte[] _coefficients;

    public CkksSecretKey(CkksRing ring, KeyId keyId, ReadOnlySpan<sbyte> coefficients, SecretKeyExportPolicy exportPolicy)
        : base(ring.Parameters.Id, keyId, exportPolicy)
    {
        _coefficients = SecretMemory.Allocate<sbyte>(ring.Degree);
        coefficients.CopyTo(_coefficients);
        Transformed = Transform(ring, _coefficients);
    }

    /// <summary>
    /// The transform of the polynomial for every prime, for use within a <see cref="SecretKey.Use"/> only.
    /// </summary>
    public FixedPolynomial Transformed { get; }

    /// <summary>The coefficients of the polynomial, for use within a <see cref="SecretKey.Use"/> only.</summary>
    public ReadOnlySpan<sbyte> Coefficients => _coefficients;

    protected override int MaterialLength => MaterialLengthOf(_coefficients.Length);

    public static int MaterialLengthOf(int degree) => TernaryPacking.LengthOf(degree);

    /// <summary>Transforms a small secret polynomial for every prime.</summary>
    public static FixedPolynomial Transform(CkksRing ring, ReadOnlySpan<sbyte> coefficients)
    {
        var transformed = new FixedPolynomial(ring);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        Span<ulong> polynomial = workspace.Polynomial;
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            NttPlan ntt = ring.Transforms[limb];
            polynomial.Clear();
            PolynomialKernel.Default.AddSmallSigned(polynomial, coefficients, ntt.Modulus);
            ntt.Forward(polynomial);
            transformed.Set(limb, polynomial, ntt.Modulus);
        }

        return transformed;
    }

    /// <summary>
    /// Reads exported material, refusing anything but coefficients -1, 0 and 1 of which each is frequent (see
    /// <see cref="TernarySecret"/>).
    /// </summary>
    public static CkksSecretKey? Read(
        CkksRing ring, KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
    {
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        Span<sbyte> coefficients = workspace.Ternary;
        if (!TernaryPacking.TryUnpack(material, workspace.Polynomial, coefficients) || !TernarySecret.IsPlausible(coefficients))
        {
            reason = FormatError.FieldOutOfRange;
            return null;
        }

        reason = FormatError.None;
        return new CkksSecretKey(ring, keyId, coefficients, exportPolicy);
    }

    protected override void CopyMaterial(Span<byte> destination) => TernaryPacking.Pack(_coefficients, destination);

    protected override void ZeroMaterial()
    {
        SecretMemory.Zero<sbyte>(_coefficients);
        Transformed.Zero();
    }
}
