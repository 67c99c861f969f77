using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>A CKKS vector reader reads encrypted vectors of one parameter set from untrusted bytes.</summary>
internal sealed class CkksVectorReader(CkksRing ring) : IVectorReader
{
    public HeParameters Parameters => ring.Parameters;

    public bool TryRead(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        vector = CkksVectorFormat.Read(ring, source, limits, isKept: true, out reason);
        return vector is not null;
    }

    public bool TryCheck(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        vector = CkksVectorFormat.Read(ring, source, limits, isKept: false, out reason);
        return vector is not null;
    }

    /// <inheritdoc/>
    /// <remarks>Coefficients are not looked at: unpacking makes a residue of every one.</remarks>
    public bool TryReadChecked(
        ReadOnlyMemory<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        vector = CkksVectorFormat.ReadInPlace(ring, source, limits, out reason);
        return vector is not null;
    }
}
