using System.Buffers.Binary;
using System.Runtime.InteropServices;
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
        for (int start = 0; start < values.Length; start += BlockLength)
        {
            Span<long> block = MemoryMarshal.Cast<double, long>(values.AsSpan(start, Math.Min(BlockLength, values.Length - start)));
            if (!BitConverter.IsLittleEndian)
            {
                BinaryPrimitives.ReverseEndianness(block, block);
            }

            hash.AppendData(MemoryMarshal.AsBytes(block));
        }

        hash.GetHashAndReset(bytes);
        return new Digest(bytes);
    }
}
