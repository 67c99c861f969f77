using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// The bytes of an encrypted vector: n and the fingerprint of h, from which the key's identity follows; the number of
/// values; magnitude and rounding, the two figures of its bound that are not zero; then the ciphertexts.
/// </summary>
internal static class PaillierVectorFormat
{
    private const int FieldsLength = sizeof(int) + (2 * sizeof(double));

    public static long EncodedLength(PaillierParameters parameters, int length)
        => WireHeader.SizeInBytes + PaillierModulus.LengthOf(parameters) + FieldsLength + PaillierBlock.BytesOf(parameters, length);

    public static void Write(PaillierVector vector, PaillierParameters parameters, WireWriter writer)
    {
        ReadOnlySpan<byte> ciphertexts = vector.Bytes;
        writer.WriteHeader(WireKind.EncryptedVector, parameters.Id, vector.EncodedLength - WireHeader.SizeInBytes);
        writer.WriteBytes(vector.Modulus.Bytes);
        writer.WriteInt32(vector.Length);
        writer.WriteDouble(vector.Bound.MaxAbs);
        writer.WriteDouble(vector.Bound.Rounding);
        writer.WriteBytes(ciphertexts);
    }

    public static PaillierVector? Read(PaillierSetup setup, ReadOnlySpan<byte> source, WireLimits limits, out FormatError reason)
    {
        PaillierParameters parameters = setup.Parameters;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.EncryptedVector, parameters.Id, limits.MaxBytes);
        ReadOnlySpan<byte> modulusBytes = reader.ReadBytes(PaillierModulus.LengthOf(parameters));
        int length = reader.ReadInt32(1, int.MaxValue);
        var bound = new VectorBound(
            reader.ReadDouble(double.Epsilon, double.MaxValue), reader.ReadDouble(0, double.MaxValue), NoiseMax: 0, NoiseVariance: 0);
        reader.Require(length <= limits.MaxValues, FormatError.LimitExceeded);
        reader.Require(IsPlausible(parameters, bound), FormatError.FieldOutOfRange);
        reader.Require(reader.Failed || EncodedLength(parameters, length) == source.Length, FormatError.Inconsistent);
        PaillierModulus? modulus = reader.Failed ? null : PaillierModulus.TryRead(setup, modulusBytes);
        reader.Require(modulus is not null, FormatError.FieldOutOfRange);
        ReadOnlySpan<byte> ciphertexts = reader.ReadBytes(reader.Remaining);
        reader.Require(reader.Failed || AreUnitsInVariableTime(setup, modulus!, ciphertexts), FormatError.FieldOutOfRange);
        reason = reader.Error;
        if (reader.Failed)
        {
            return null;
        }

        var block = new PaillierBlock(parameters, length);
        ciphertexts.CopyTo(block.Bytes);
        return new PaillierVector(setup, modulus!, length, bound, block);
    }

    /// <summary>Every unit of weight rounds by half a step, so the rounding is a whole number of them.</summary>
    private static bool IsPlausible(PaillierParameters parameters, VectorBound bound)
    {
        ExactSums sums = parameters.Sums;
        double weight = bound.Rounding / sums.Rounding;
        return weight >= 1 && weight.Equals(Math.Floor(weight)) && VectorGuard.Fits(parameters, bound);
    }

    private static bool AreUnitsInVariableTime(PaillierSetup setup, PaillierModulus modulus, ReadOnlySpan<byte> ciphertexts)
    {
        int length = setup.Parameters.CiphertextLength;
        int refused = 0;
        PaillierBatches.Run(ciphertexts, ciphertexts.Length / length, setup.MaxDegreeOfParallelism, (bytes, first, end) =>
        {
            if (!modulus.Arithmetic.AreUnitsInVariableTime(bytes[(first * length)..(end * length)]))
            {
                Volatile.Write(ref refused, 1);
            }
        });
        return refused == 0;
    }
}
