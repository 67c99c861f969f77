using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// Content digests fix every part of a sum in the list of contributors: the sums in clear, the sum of protected keys, and
/// each segment, in this order.
/// </summary>
internal static class ContentDigests
{
    private const int BlockLength = 1 << 12;

    public static ImmutableArray<Digest> Of(EncryptedAggregate aggregate, ReadOnlySpan<byte> keySum, int clearCount)
    {
        var digests = ImmutableArray.CreateBuilder<Digest>(ContributorList.OtherDigests + aggregate.SegmentCount);
        digests.Add(OfClear(aggregate, clearCount));
        digests.Add(Digest.Compute(keySum));
        var bytes = new ArrayBufferWriter<byte>();
        for (int i = 0; i < aggregate.SegmentCount; i++)
        {
            bytes.ResetWrittenCount();
            aggregate.UseSegment(i, segment => segment.WriteTo(bytes));
            digests.Add(Digest.Compute(bytes.WrittenSpan));
        }

        return digests.MoveToImmutable();
    }

    private static Digest OfClear(EncryptedAggregate aggregate, int clearCount)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var integers = new long[Math.Min(clearCount, BlockLength)];
        var bytes = new byte[sizeof(long) * integers.Length];
        for (int first = 0; first < clearCount; first += integers.Length)
        {
            Span<long> block = integers.AsSpan(0, Math.Min(integers.Length, clearCount - first));
            aggregate.CopyClearTo(first, block);
            Span<byte> encoded = bytes.AsSpan(0, sizeof(long) * block.Length);
            WireIntegers.Write(block, sizeof(long), encoded);
            hash.AppendData(encoded);
        }

        return new Digest(hash.GetHashAndReset());
    }
}
