using System.Buffers;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Seal.Native;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A SEAL vector format writes and reads encrypted vectors: fixed fields, then one file of SEAL for each ciphertext.
/// </summary>
internal static class SealVectorFormat
{
    private const int FieldsLength = KeyId.SizeInBytes + 1 + 1 + sizeof(int) + (4 * sizeof(double));

    public static long EncodedLength(SealSetting setting, int length, VectorForm form, int primeCount)
        => WireHeader.SizeInBytes + FieldsLength
            + ((long)setting.CiphertextsOf(length) * setting.LayoutOf(form, primeCount).Length);

    public static void Write(SealVector vector, IBufferWriter<byte> destination)
    {
        ReadOnlySpan<byte> files = vector.Files;
        var writer = new WireWriter(destination);
        int payloadLength = vector.EncodedLength - WireHeader.SizeInBytes;
        writer.WriteHeader(WireKind.EncryptedVector, vector.Parameters.Id, payloadLength);
        writer.WriteKeyId(vector.KeyId);
        writer.WriteByte((byte)vector.Form);
        writer.WriteByte((byte)vector.PrimeCount);
        writer.WriteInt32(vector.Length);
        writer.WriteBound(vector.Bound);
        writer.WriteBytes(files);
    }

    public static SealVector? Read(
        SealSetting setting, ReadOnlySpan<byte> source, WireLimits limits, out FormatError reason)
    {
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.EncryptedVector, setting.Parameters.Id, limits.MaxBytes);
        KeyId keyId = reader.ReadKeyId();
        var form = (VectorForm)reader.ReadByte();
        int primeCount = reader.ReadByte();
        int length = reader.ReadInt32(1, int.MaxValue);
        VectorBound bound = reader.ReadBound();
        reader.Require(length <= limits.MaxValues, FormatError.LimitExceeded);
        reader.Require(IsPlausible(setting, form, primeCount, bound), FormatError.FieldOutOfRange);
        reader.Require(
            reader.Failed || EncodedLength(setting, length, form, primeCount) == source.Length,
            FormatError.Inconsistent);
        reason = reader.Error;
        if (reader.Failed)
        {
            return null;
        }

        SealFileLayout layout = setting.LayoutOf(form, primeCount);
        ReadOnlySpan<byte> files = reader.ReadBytes(reader.Remaining);
        reason = CheckFiles(setting, layout, files);
        if (reason != FormatError.None)
        {
            return null;
        }

        var block = new SealBlock(layout.Length, files.Length / layout.Length);
        block.Fill(files);
        return new SealVector(setting, keyId, length, bound, form, primeCount, block);
    }

    private static FormatError CheckFiles(SealSetting setting, SealFileLayout layout, ReadOnlySpan<byte> files)
    {
        int refused = (int)FormatError.None;
        ParallelRanges.Run(files, files.Length / layout.Length, setting.MaxDegreeOfParallelism, (bytes, first, end) =>
        {
            for (int i = first; i < end && Volatile.Read(ref refused) == (int)FormatError.None; i++)
            {
                FormatError reason = layout.Check(bytes.Slice(i * layout.Length, layout.Length));
                if (reason != FormatError.None)
                {
                    Volatile.Write(ref refused, (int)reason);
                }
            }
        });
        return (FormatError)refused;
    }

    /// <summary>
    /// Tells whether form, level and bound are possible: no spent prime without depth, no seed after a rescale, and no
    /// less error than fresh seeded encryption has.
    /// </summary>
    private static bool IsPlausible(SealSetting setting, VectorForm form, int primeCount, VectorBound bound)
    {
        bool isFresh = primeCount == setting.PrimeCount;
        bool isKnown = form switch
        {
            VectorForm.Seeded => isFresh,
            VectorForm.Full => primeCount >= setting.LeastPrimes && primeCount <= setting.PrimeCount,
            _ => false,
        };
        if (!isKnown || !VectorGuard.Fits(setting.Parameters, bound))
        {
            return false;
        }

        VectorBound least = setting.Errors.Seeded(bound.MaxAbs);
        return !isFresh || (bound.NoiseMax >= least.NoiseMax && bound.NoiseVariance >= least.NoiseVariance);
    }
}
