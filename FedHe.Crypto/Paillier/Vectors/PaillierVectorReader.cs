using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier.Keys;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Paillier.Vectors;

/// <summary>
/// A Paillier vector reader parses the bytes of a <see cref="PaillierVectorFormat"/> from an untrusted sender.
/// </summary>
internal sealed class PaillierVectorReader(
    PaillierParameters parameters, PaillierModulusCache moduli, CiphertextBatches batches) : IVectorReader
{
    public HeParameters Parameters => parameters;

    public bool TryRead(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        vector = Read(source, limits, isChecked: false, isKept: true, out reason);
        return vector is not null;
    }

    public bool TryCheck(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        vector = Read(source, limits, isChecked: false, isKept: false, out reason);
        return vector is not null;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A number that has a factor in common with n is not refused: finding out costs as much as adding the vector. A
    /// product with such a number means nothing: readers of the aggregate refuse it, and decryptors refuse nearly every message of it.
    /// </remarks>
    public bool TryReadChecked(
        ReadOnlyMemory<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        vector = Read(source.Span, limits, isChecked: true, isKept: true, out reason);
        return vector is not null;
    }

    /// <summary>Reads a vector and checks every ciphertext.</summary>
    /// <param name="source">The bytes of one vector.</param>
    /// <param name="limits">Sizes above which the vector is refused.</param>
    /// <param name="isChecked">Whether the ciphertexts are known to be units, so that their ranges suffice.</param>
    /// <param name="isKept">Whether the vector has its ciphertexts afterwards, or none, as after its disposal.</param>
    /// <param name="reason">The reason of a refusal.</param>
    private PaillierVector? Read(
        ReadOnlySpan<byte> source, WireLimits limits, bool isChecked, bool isKept, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.EncryptedVector, parameters.Id, limits.MaxBytes);
        ReadOnlySpan<byte> modulusBytes = reader.ReadBytes(PaillierModulus.LengthOf(parameters));
        int length = reader.ReadInt32(1, int.MaxValue);
        double maxAbs = reader.ReadDouble(double.Epsilon, double.MaxValue);
        double rounding = reader.ReadDouble(0, double.MaxValue);
        var bound = new VectorBound(maxAbs, rounding, NoiseMax: 0, NoiseVariance: 0);
        reader.Require(length <= limits.MaxValues, FormatError.LimitExceeded);
        reader.Require(IsSumOfRoundings(rounding) && VectorGuard.Fits(parameters, bound), FormatError.FieldOutOfRange);
        long encodedLength = PaillierVectorFormat.EncodedLength(parameters, length);
        reader.Require(reader.Failed || encodedLength == source.Length, FormatError.Inconsistent);
        PaillierModulus? modulus = reader.Failed ? null : moduli.TryGetOfVector(modulusBytes);
        reader.Require(modulus is not null, FormatError.FieldOutOfRange);
        ReadOnlySpan<byte> ciphertextBytes = reader.ReadBytes(reader.Remaining);
        reader.Require(
            reader.Failed
                || (isChecked ? modulus!.Arithmetic.AreInRange(ciphertextBytes) : AreUnitsInVariableTime(modulus!, ciphertextBytes)),
            FormatError.FieldOutOfRange);
        reason = reader.Error;
        if (reader.Failed)
        {
            return null;
        }

        PaillierCiphertexts ciphertexts = isKept
            ? new PaillierCiphertexts(parameters, length, ciphertextBytes)
            : PaillierCiphertexts.Disposed();
        return new PaillierVector(parameters, modulus!, length, bound, ciphertexts);
    }

    /// <summary>
    /// Tells whether a rounding is a whole number of half steps: each unit of weight rounds by half a step.
    /// </summary>
    private bool IsSumOfRoundings(double rounding)
    {
        double weight = rounding / parameters.Sums.Rounding;
        return weight >= 1 && weight.Equals(Math.Floor(weight));
    }

    private bool AreUnitsInVariableTime(PaillierModulus modulus, ReadOnlySpan<byte> ciphertexts)
    {
        int length = parameters.CiphertextLength;
        int refused = 0;
        batches.Run(ciphertexts, ciphertexts.Length / length, (bytes, first, end) =>
        {
            if (!modulus.Arithmetic.AreUnitsInVariableTime(bytes[(first * length)..(end * length)]))
            {
                Volatile.Write(ref refused, 1);
            }
        });
        return refused == 0;
    }
}
