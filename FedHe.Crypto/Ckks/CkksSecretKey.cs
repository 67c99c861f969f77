using FedHe.Crypto.Kernels;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks;

/// <summary>A uniform ternary polynomial, with its transform for every prime. On the wire: two bits a coefficient.</summary>
internal sealed class CkksSecretKey : SecretKey
{
    private const int BitsPerCoefficient = 2;

    private readonly sbyte[] _coefficients;

    public CkksSecretKey(CkksRing ring, KeyId keyId, ReadOnlySpan<sbyte> coefficients, SecretKeyExportPolicy exportPolicy)
        : base(ring.Parameters.Id, keyId, exportPolicy)
    {
        _coefficients = SecretMemory.Allocate<sbyte>(ring.Degree);
        coefficients.CopyTo(_coefficients);
        Transformed = Transform(ring, _coefficients);
    }

    /// <summary>The transform for every prime. To be read within a <see cref="SecretKey.Use"/> only.</summary>
    public FixedPolynomial Transformed { get; }

    /// <summary>The polynomial itself. To be read within a <see cref="SecretKey.Use"/> only.</summary>
    public ReadOnlySpan<sbyte> Coefficients => _coefficients;

    protected override int MaterialLength => MaterialLengthOf(_coefficients.Length);

    public static int MaterialLengthOf(int degree) => BitPackingKernel.PackedLength(degree, BitsPerCoefficient);

    /// <summary>The transform of a small secret polynomial for every prime.</summary>
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

    /// <summary>Reads exported material, refusing anything but coefficients -1, 0 and 1.</summary>
    public static CkksSecretKey? Read(
        CkksRing ring, KeyId keyId, ReadOnlySpan<byte> material, SecretKeyExportPolicy exportPolicy, out FormatError reason)
    {
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        Span<ulong> digits = workspace.Polynomial;
        Span<sbyte> coefficients = workspace.Ternary;
        if (!BitPackingKernel.Default.TryUnpack(material, BitsPerCoefficient, modulus: 3, digits))
        {
            reason = FormatError.FieldOutOfRange;
            return null;
        }

        for (int i = 0; i < coefficients.Length; i++)
        {
            coefficients[i] = (sbyte)((int)digits[i] - 1);
        }

        reason = FormatError.None;
        return new CkksSecretKey(ring, keyId, coefficients, exportPolicy);
    }

    protected override void CopyMaterial(Span<byte> destination)
    {
        ulong[] digits = SecretMemory.Allocate<ulong>(_coefficients.Length);
        for (int i = 0; i < digits.Length; i++)
        {
            digits[i] = (ulong)(_coefficients[i] + 1);
        }

        BitPackingKernel.Default.Pack(digits, BitsPerCoefficient, destination);
        SecretMemory.Zero<ulong>(digits);
    }

    protected override void ZeroMaterial()
    {
        SecretMemory.Zero<sbyte>(_coefficients);
        Transformed.Zero();
    }
}
