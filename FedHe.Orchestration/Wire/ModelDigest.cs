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
    // A call for each value would take ten times as long as the hash.
    private const int BlockLength = 1 << 12;

    /// <summary>Hashes the layout's digest and all floating values, each as 8 bytes, little-endian.</summary>
    public static Digest Of(ModelParameters model)
    {
        ArgumentNullException.ThrowIfNull(model);
        double[] values = new double[model.Layout.ToArrayLength()];
        new TensorFlattener(model.Layout).Flatten(model, values);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        model.Layout.Digest.CopyTo(bytes);
        hash.AppendData(bytes);
        byte[] block = new byte[sizeof(double) * Math.Min(BlockLength, values.Length)];
        for (int start = 0; start < values.Length; start += BlockLength)
        {
            int count = Math.Min(BlockLength, values.Length - start);
            for (int i = 0; i < count; i++)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(block.AsSpan(sizeof(double) * i), values[start + i]);
            }

            hash.AppendData(block, 0, sizeof(double) * count);
        }

        hash.GetHashAndReset(bytes);
        return new Digest(bytes);
    }
}
