using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A completed sum is the sums of an attempt and the list that fixes them. Its bytes are a verifiable aggregate.</summary>
/// <param name="list">The list of contributors.</param>
/// <param name="keySum">The sum of the protected round keys.</param>
/// <param name="aggregate">The encrypted aggregate, which the sum owns.</param>
internal sealed class CompletedSum(ContributorList list, byte[] keySum, EncryptedAggregate aggregate) : IDisposable
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

    public void WriteTo(IBufferWriter<byte> destination)
    {
        VerifiableAggregate.WriteBeginning(destination, _listBytes, keySum, checked((int)aggregate.EncodedLength));
        aggregate.WriteTo(destination);
    }

    public byte[] ToArray()
    {
        var bytes = new ExactBuffer(VerifiableAggregate.LengthOf(_listBytes.Length, keySum.Length, aggregate.EncodedLength));
        WriteTo(bytes);
        return bytes.Complete();
    }

    /// <summary>Returns the bytes of the encrypted aggregate alone.</summary>
    public byte[] AggregateToArray()
    {
        var bytes = new ExactBuffer(aggregate.EncodedLength);
        aggregate.WriteTo(bytes);
        return bytes.Complete();
    }

    public void Dispose() => aggregate.Dispose();
}
