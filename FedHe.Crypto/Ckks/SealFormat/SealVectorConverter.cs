using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Ckks.SealFormat;

/// <summary>
/// A SEAL vector converter converts vectors to and from SEAL's ciphertexts, which keep both polynomials transformed.
/// </summary>
internal sealed class SealVectorConverter(CkksRing ring, SealEncryptionParameters seal)
{
    private readonly double _scale = Math.ScaleB(1, ring.Parameters.LogScale);

    public CkksParameters Parameters => ring.Parameters;

    /// <summary>Computes the bound of a fresh vector that SEAL encrypted.</summary>
    public VectorBound FreshBound(double maxAbs) => CkksFreshBound.Of(ring, maxAbs, VectorForm.Full);

    /// <summary>Computes the bound after a product with a scalar and a rescale by the last data prime.</summary>
    public VectorBound RescaledBound(VectorBound bound, double scalar)
    {
        if (ring.Parameters.Depth == 0)
        {
            throw Throw.NoLevelLeft();
        }

        return ring.Errors.AfterScalarProduct(bound, scalar, ring.Parameters.Moduli[^1]);
    }

    public bool TryReadVector(
        IReadOnlyList<ReadOnlyMemory<byte>> ciphertexts,
        int length,
        KeyId keyId,
        VectorBound bound,
        [NotNullWhen(true)] out EncryptedVector? vector,
        out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(ciphertexts);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        CheckBound(bound);
        vector = null;
        if (ciphertexts.Count != CkksBlock.CiphertextsOf(ring.Parameters, length))
        {
            reason = FormatError.Inconsistent;
            return false;
        }

        CkksBlock? block = null;
        for (int i = 0; i < ciphertexts.Count; i++)
        {
            if (!TryReadCiphertext(ciphertexts[i].Span, out SealCiphertext? ciphertext, out reason))
            {
                block?.Dispose();
                return false;
            }

            block ??= CreateBlock(length, ciphertext.PrimeCount, bound);
            if (ciphertext.PrimeCount != block.LimbCount)
            {
                block.Dispose();
                reason = FormatError.Inconsistent;
                return false;
            }

            Store(ciphertext, i, block);
        }

        reason = FormatError.None;
        vector = new CkksVector(ring, keyId, length, bound, block!);
        return true;
    }

    public EncryptedVector ReadVector(
        IReadOnlyList<ReadOnlyMemory<byte>> ciphertexts, int length, KeyId keyId, VectorBound bound)
        => TryReadVector(ciphertexts, length, keyId, bound, out EncryptedVector? vector, out FormatError reason)
            ? vector
            : throw new HeFormatException(reason, "SEAL ciphertext");

    public void WriteCiphertext(
        EncryptedVector vector, int ciphertext, IBufferWriter<byte> destination, SealWriteOptions? options)
    {
        CkksVector own = VectorGuard.Check<CkksVector>(ring.Parameters, vector);
        ArgumentOutOfRangeException.ThrowIfNegative(ciphertext);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ciphertext, own.CiphertextCount);
        var polynomials = SealPolynomials.OfPublic(ring.Degree, polynomialCount: 2, own.LimbCount);
        using var c1 = new CkksPolynomialSource(ring, own);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        for (int limb = 0; limb < own.LimbCount; limb++)
        {
            Span<ulong> c0 = polynomials.Limb(0, limb);
            own.CopyLimb(ciphertext, polynomial: 0, limb, c0);
            ring.Transforms[limb].Forward(c0);
            c1.Limb(ciphertext, limb, workspace).CopyTo(polynomials.Limb(1, limb));
        }

        new SealCiphertext(seal, polynomials, _scale).WriteTo(destination, options);
    }

    private bool TryReadCiphertext(
        ReadOnlySpan<byte> source, [NotNullWhen(true)] out SealCiphertext? ciphertext, out FormatError reason)
    {
        if (!SealCiphertext.TryRead(source, seal, out ciphertext, out reason))
        {
            return false;
        }

        // A level below the depth of the parameters has no room for values at this scale.
        int leastPrimes = ring.LimbCount - ring.Parameters.Depth;
        reason = ciphertext.PrimeCount < leastPrimes || !ciphertext.Scale.Equals(_scale)
            ? FormatError.FieldOutOfRange
            : FormatError.None;
        return reason == FormatError.None;
    }

    /// <summary>
    /// Creates room for all ciphertexts at the level of the first one, and refuses a bound that this level cannot have.
    /// </summary>
    private CkksBlock CreateBlock(int length, int limbCount, VectorBound bound)
    {
        // The reader of the wire format would refuse such a bound, so the caller is mistaken.
        if (limbCount == ring.LimbCount)
        {
            VectorBound least = CkksFreshBound.Of(ring, bound.MaxAbs, VectorForm.Seeded);
            ArgumentOutOfRangeException.ThrowIfLessThan(bound.NoiseMax, least.NoiseMax, nameof(bound));
            ArgumentOutOfRangeException.ThrowIfLessThan(bound.NoiseVariance, least.NoiseVariance, nameof(bound));
        }

        return new CkksBlock(ring.Parameters, length, polynomialCount: 2, limbCount);
    }

    private void Store(SealCiphertext source, int ciphertext, CkksBlock block)
    {
        for (int limb = 0; limb < block.LimbCount; limb++)
        {
            Span<ulong> c0 = block.Limb(ciphertext, polynomial: 0, limb);
            source.Polynomials.Limb(0, limb).CopyTo(c0);
            ring.Transforms[limb].Inverse(c0);
            source.Polynomials.Limb(1, limb).CopyTo(block.Limb(ciphertext, polynomial: 1, limb));
        }
    }

    private void CheckBound(VectorBound bound)
    {
        ValueGuard.CheckBound(bound.MaxAbs);
        double least = Math.Min(bound.Rounding, Math.Min(bound.NoiseMax, bound.NoiseVariance));
        ArgumentOutOfRangeException.ThrowIfNegative(least, nameof(bound));
        VectorGuard.CheckFits(ring.Parameters, bound);
    }
}
