using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A completed sum is the sums of an attempt and the list that fixes them. Its bytes are a verifiable aggregate.</summary>
/// <param name="list">The list of contributors.</param>
/// <param name="keySum">The sum of the protected round keys.</param>
/// <param name="aggregate">The encrypted aggregate, which the sum owns where it is in memory.</param>
/// <param name="stored">The sum in its file, or null in memory.</param>
internal sealed class CompletedSum(ContributorList list, byte[] keySum, EncryptedAggregate aggregate, StoredSum? stored = null) : IDisposable
{
    private readonly byte[] _listBytes = list.ToArray();

    public ContributorList List => list;

    /// <summary>The bytes of the list.</summary>
    public ReadOnlyMemory<byte> ListBytes => _listBytes;

    /// <summary>Returns the sum of the round keys alone, under a list that says nothing of the values.</summary>
    public VerifiableAggregate KeysAlone(RoundKeyProtocol protocol)
    {
        (int first, int count) = protocol.TagsOf(InspectedPart.Keys);
        ContributorList keys = list with
        {
            ContentDigests = [default, list.ContentDigests[1]],
            Tags = list.Tags.Slice(first * LinearTag.SizeInBytes, count * LinearTag.SizeInBytes),
        };
        return new VerifiableAggregate(keys, keySum, default);
    }

    /// <summary>Returns the bytes of the verifiable aggregate.</summary>
    public SumBytes ToBytes()
    {
        if (stored is not null)
        {
            return VerifiableAggregate.Join(_listBytes, keySum, SumBytes.Of(stored));
        }

        var bytes = new ExactBuffer(VerifiableAggregate.LengthOf(_listBytes.Length, keySum.Length, aggregate.EncodedLength));
        VerifiableAggregate.WriteBeginning(bytes, _listBytes, keySum, aggregate.EncodedLength);
        aggregate.WriteTo(bytes);
        return SumBytes.Of(bytes.Complete());
    }

    /// <summary>Returns the bytes of the encrypted aggregate alone.</summary>
    public SumBytes AggregateBytes() => stored is null ? SumBytes.Of(aggregate.ToArray()) : SumBytes.Of(stored);

    public void Dispose()
    {
        if (stored is null)
        {
            aggregate.Dispose();
        }
    }
}
