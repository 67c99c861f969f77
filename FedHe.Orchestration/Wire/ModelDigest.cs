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

    /// <summary>Hashes the layout's digest and all floating values in units of their bounds, each as 8 bytes, little-endian.</summary>
    public static Digest Of(IFlatModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var flattener = new TensorFlattener(model.Layout);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        model.Layout.Digest.CopyTo(bytes);
        hash.AppendData(bytes);
        long total = model.Layout.ParameterCount;
        double[] values = new double[Math.Min(BlockLength, total)];
        byte[] block = new byte[sizeof(double) * values.Length];
        for (long start = 0; start < total; start += BlockLength)
        {
            int count = (int)Math.Min(BlockLength, total - start);
            flattener.Flatten(model, start, values.AsSpan(0, count));
            for (int i = 0; i < count; i++)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(block.AsSpan(sizeof(double) * i), values[i]);
            }

            hash.AppendData(block, 0, sizeof(double) * count);
        }

        hash.GetHashAndReset(bytes);
        return new Digest(bytes);
    }
}
