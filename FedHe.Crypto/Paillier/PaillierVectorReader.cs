using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Paillier;

internal sealed class PaillierVectorReader(PaillierSetup setup) : IVectorReader
{
    public HeParameters Parameters => setup.Parameters;

    public bool TryRead(
        ReadOnlySpan<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(limits);
        vector = PaillierVectorFormat.Read(setup, source, limits, out reason);
        return vector is not null;
    }
}
