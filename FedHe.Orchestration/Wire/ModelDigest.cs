using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Layout;

namespace FedHe.Orchestration.Wire;

/// <summary>
/// The model digest identifies the averaged values of a model, so that clients can tell that they start from the same
/// one.
/// </summary>
internal static class ModelDigest
{
    public static Digest Of(ModelParameters model)
    {
        ArgumentNullException.ThrowIfNull(model);
        double[] values = new double[model.Layout.ToArrayLength()];
        new TensorFlattener(model.Layout).Flatten(model, values);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        model.Layout.Digest.CopyTo(bytes);
        hash.AppendData(bytes);
        foreach (double value in values)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            hash.AppendData(bytes[..sizeof(double)]);
        }

        hash.GetHashAndReset(bytes);
        return new Digest(bytes);
    }
}
