using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Seal;

/// <summary>A SEAL vector reader parses vectors of SEAL's ciphertexts from untrusted bytes.</summary>
internal sealed class SealVectorReader(SealSetting setting) : IVectorReader
{
    public HeParameters Parameters => setting.Parameters;

    public bool TryRead(
        ReadOnlySpan<byte> source,
        WireLimits limits,
        [NotNullWhen(true)] out EncryptedVector? vector,
        out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        vector = SealVectorFormat.Read(setting, source, limits, out reason);
        return vector is not null;
    }
}
