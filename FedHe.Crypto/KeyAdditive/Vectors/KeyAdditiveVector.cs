using System.Buffers;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.KeyAdditive.Vectors;

/// <summary>
/// A key-additive vector is part of an upload, or of a sum of uploads, from a position of the attempt on. Its coefficients
/// lie in memory as they travel.
/// </summary>
internal sealed class KeyAdditiveVector : EncryptedVector
{
    private readonly KeyAdditiveParameters _parameters;
    private readonly PackedCoefficients _coefficients;

    /// <summary>Creates a vector that owns its coefficients.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="keyId">The identity of the attempt.</param>
    /// <param name="length">The number of values.</param>
    /// <param name="position">The vector's first ciphertext has this index among all ciphertexts of the attempt.</param>
    /// <param name="contributors">The number of uploads in the sum; 1 for an upload.</param>
    /// <param name="coefficients">The coefficients, coded in their range.</param>
    public KeyAdditiveVector(
        KeyAdditiveParameters parameters,
        KeyId keyId,
        int length,
        int position,
        int contributors,
        PackedCoefficients coefficients)
        : base(parameters, keyId, length, BoundOf(parameters, contributors))
    {
        _parameters = parameters;
        _coefficients = coefficients;
        Position = position;
        Contributors = contributors;
    }

    /// <summary>The vector's first ciphertext has this index among all ciphertexts of the attempt, from 0.</summary>
    public int Position { get; }

    public override int? FirstCiphertext => Position;

    /// <summary>The number of uploads in the sum.</summary>
    public int Contributors { get; }

    /// <summary>The range that the coefficients are coded in.</summary>
    public SumRange Range => _coefficients.Range;

    public override int EncodedLength => checked((int)KeyAdditiveVectorFormat.EncodedLength(_parameters, Length, Range));

    /// <summary>The packed coefficients of one ciphertext.</summary>
    public ReadOnlySpan<byte> Ciphertext(int index) => _coefficients.Ciphertext(index);

    /// <summary>The packed coefficients of the ciphertexts from the first one to before the end.</summary>
    public ReadOnlySpan<byte> Ciphertexts(int first, int end) => _coefficients.Ciphertexts(first, end);

    /// <summary>The packed coefficients of all ciphertexts.</summary>
    public ReadOnlySpan<byte> Bytes => _coefficients.Bytes;

    internal override ReadOnlySpan<byte> Tail => Bytes;

    internal override void WriteHead(IBufferWriter<byte> destination)
        => KeyAdditiveVectorFormat.WriteHead(this, _parameters, new WireWriter(destination));

    public override void WriteTo(IBufferWriter<byte> destination)
        => KeyAdditiveVectorFormat.Write(this, _parameters, new WireWriter(destination));

    /// <summary>The bound of a sum of uploads: every figure, the variance included, adds linearly.</summary>
    public static VectorBound BoundOf(KeyAdditiveParameters parameters, int contributors)
    {
        VectorBound fresh = parameters.FreshBound;
        return fresh.Scale(contributors) with { NoiseVariance = contributors * fresh.NoiseVariance };
    }

    protected override void Dispose(bool disposing)
    {
        _coefficients.Dispose();
        base.Dispose(disposing);
    }
}
