using System.Security.Cryptography;

namespace FedHe.Crypto.Kernels.Hashing;

/// <summary>The specification of digests: one message after the other, by the operating system's library.</summary>
internal sealed class DigestSpecification : DigestKernel
{
    private const int BlockLength = 1 << 14;

    public override int BestCountOf(int count) => 1;

    protected override void ComputeCore(ReadOnlySpan<int> lengths, MessageReader read, Span<byte> digests)
        => Compute(lengths, firstMessage: 0, read, digests);

    /// <summary>Computes the digests of messages whose indices begin with a number.</summary>
    internal static void Compute(ReadOnlySpan<int> lengths, int firstMessage, MessageReader read, Span<byte> digests)
    {
        byte[] buffer = new byte[BlockLength];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < lengths.Length; i++)
        {
            for (int start = 0; start < lengths[i]; start += BlockLength)
            {
                Span<byte> block = buffer.AsSpan(0, Math.Min(BlockLength, lengths[i] - start));
                read(firstMessage + i, start, block);
                hash.AppendData(block);
            }

            hash.GetHashAndReset(digests.Slice(DigestLength * i, DigestLength));
        }
    }
}
