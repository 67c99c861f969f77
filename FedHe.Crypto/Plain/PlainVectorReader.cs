using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Plain;

/// <summary>A plain vector reader parses vectors in clear from untrusted bytes.</summary>
internal sealed class PlainVectorReader(InsecurePlainParameters parameters) : IVectorReader
{
    public HeParameters Parameters => parameters;

    public bool TryRead(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        vector = null;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.EncryptedVector, parameters.Id, limits.MaxBytes);
        KeyId keyId = reader.ReadKeyId();
        int length = reader.ReadInt32(1, int.MaxValue);
        reader.Require(length <= limits.MaxValues, FormatError.LimitExceeded);
        VectorBound bound = reader.ReadBound();
        reader.Require(VectorGuard.Fits(parameters, bound), FormatError.FieldOutOfRange);
        reader.Require(reader.Remaining == sizeof(long) * (long)length, FormatError.Inconsistent);
        if (!reader.Failed)
        {
            long largest = (long)Math.Ceiling(Math.ScaleB(bound.MaxAbs + bound.ErrorBound, InsecurePlainParameters.LogScale));
            var values = new long[length];
            for (int i = 0; i < length; i++)
            {
                values[i] = reader.ReadInt64(-largest, largest);
            }

            vector = reader.Failed ? null : new PlainVector(parameters, keyId, bound, values);
        }

        reason = reader.Error;
        return vector is not null;
    }
}
