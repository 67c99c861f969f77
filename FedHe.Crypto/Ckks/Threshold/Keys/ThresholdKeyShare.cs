using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.Ckks.Threshold.Keys;

/// <summary>
/// A threshold key share is what one party knows of a secret key that nobody knows: its own contribution where all parties are
/// needed, else a point of a polynomial that t parties determine.
/// </summary>
/// <remarks>
/// A stored share is worth nothing without the ledger that was kept with it: an answer that the ledger would have refused may reveal
/// the share. A share that was exported must not be used in two places.
/// </remarks>
public sealed class ThresholdKeyShare : SecretKey
{
    private readonly FixedPolynomial _polynomial;
    private readonly CkksRing _ring;
    private bool _hasLedger;

    private ThresholdKeyShare(
        CkksRing ring, Digest parametersId, KeyId keyId, int party, FixedPolynomial polynomial, SecretKeyExportPolicy exportPolicy)
        : base(parametersId, keyId, exportPolicy)
    {
        _ring = ring;
        Party = party;
        _polynomial = polynomial;
    }

    /// <summary>The number of the party, from 1 on.</summary>
    public int Party { get; }

    /// <summary>The share, transformed, for use within a <see cref="SecretKey.Use"/> only.</summary>
    internal FixedPolynomial Polynomial => _polynomial;

    /// <inheritdoc/>
    protected override int MaterialLength => MaterialLengthOf(_ring);

    internal static int MaterialLengthOf(CkksRing ring) => sizeof(byte) + PackedPolynomial.LengthOf(ring);

    /// <summary>Makes a share that takes over its polynomial.</summary>
    internal static ThresholdKeyShare Create(
        CkksRing ring,
        ThresholdParameters parameters,
        KeyId keyId,
        int party,
        FixedPolynomial polynomial,
        SecretKeyExportPolicy exportPolicy)
        => new(ring, parameters.Id, keyId, party, polynomial, exportPolicy);

    /// <summary>Reads exported material, and refuses a party or a residue that is out of range.</summary>
    internal static ThresholdKeyShare? Read(
        CkksRing ring,
        ThresholdParameters parameters,
        KeyId keyId,
        ReadOnlySpan<byte> material,
        SecretKeyExportPolicy exportPolicy,
        out FormatError reason)
    {
        int party = material[0];
        ReadOnlySpan<byte> packed = material[1..];
        var polynomial = new FixedPolynomial(ring);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        bool isInRange = party >= 1 && party <= parameters.Parties;
        for (int limb = 0; limb < ring.LimbCount && isInRange; limb++)
        {
            isInRange = PackedPolynomial.TryUnpack(ring, limb, packed, workspace.Polynomial);
            packed = packed[PackedPolynomial.LengthOf(ring, limb)..];
            polynomial.Set(limb, workspace.Polynomial.Span, ring.Transforms[limb].Modulus);
        }

        if (!isInRange)
        {
            polynomial.Zero();
            reason = FormatError.FieldOutOfRange;
            return null;
        }

        reason = FormatError.None;
        return new ThresholdKeyShare(ring, parameters.Id, keyId, party, polynomial, exportPolicy);
    }

    /// <summary>Takes the only right to a ledger, and returns false when the right is gone.</summary>
    internal bool TryTakeLedger() => !Interlocked.Exchange(ref _hasLedger, true);

    /// <inheritdoc/>
    protected override void CopyMaterial(Span<byte> destination)
    {
        destination[0] = (byte)Party;
        destination = destination[1..];
        for (int limb = 0; limb < _ring.LimbCount; limb++)
        {
            destination = PackedPolynomial.Pack(_ring, limb, _polynomial.Limb(limb).Values, destination);
        }
    }

    /// <inheritdoc/>
    protected override void ZeroMaterial() => _polynomial.Zero();
}
