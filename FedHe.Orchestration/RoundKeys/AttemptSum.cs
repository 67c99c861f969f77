using System.Collections.Immutable;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Sums;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// An attempt sum is the server's part of an attempt: the sums of updates, of protected round keys and of tags, with the
/// contributors behind them. The server has no key of any of them.
/// </summary>
internal sealed class AttemptSum : IDisposable
{
    private readonly RoundKeyProtocol _protocol;
    private readonly KeyId _innerKey;
    private readonly RoundSum _sum;
    private readonly IKeySums _keys;
    private readonly LinearTag[] _tags;
    private readonly SortedDictionary<ClientId, Contributor> _contributors = [];
    private readonly SortedDictionary<ClientId, PartDigests> _parts = [];
    private bool _isBroken;

    /// <summary>Begins the sums of an attempt.</summary>
    /// <param name="protocol">The protocol of the job.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="keys">The sums of round keys, which the sum owns.</param>
    /// <param name="folder">The folder of the sum of updates.</param>
    public AttemptSum(RoundKeyProtocol protocol, Attempt attempt, IKeySums keys, SumFolder folder)
        : this(protocol, attempt, keys, folder.Begin(protocol.Inner, protocol.Terms, attempt.ReferenceWeight))
    {
    }

    private AttemptSum(RoundKeyProtocol protocol, Attempt attempt, IKeySums keys, RoundSum sum)
    {
        _protocol = protocol;
        _keys = keys;
        Attempt = attempt;
        _innerKey = protocol.Parameters.KeyIdOf(attempt.PublicSeed);
        _sum = sum;
        _tags = new LinearTag[protocol.Lengths.TagCount];
    }

    public Attempt Attempt { get; }

    /// <summary>The sum of updates.</summary>
    public RoundSum Sum => _sum;

    /// <summary>The sums of round keys.</summary>
    public IKeySums Keys => _keys;

    public IEnumerable<Contributor> Contributors => _contributors.Values;

    /// <summary>The digests of the parts of every upload, for an inspection.</summary>
    public IReadOnlyDictionary<ClientId, PartDigests> Parts => _parts;

    /// <summary>Adds an upload, or returns the reason why it is refused; a refused upload changes nothing.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="update">The update in the upload, which stays the caller's.</param>
    /// <param name="beginning">The range digest of the upload's bytes up to the end of the update.</param>
    /// <param name="nonces">What no other upload may bring again: the nonces and seeds that this method remembers.</param>
    /// <exception cref="AggregationBrokenException">The update could no longer be read, now or before, when a part of the upload was added; the sums cannot be used any more.</exception>
    public RefusalReason Add(ProtectedUpdate upload, EncryptedModelUpdate update, Digest beginning, NonceWindow nonces)
    {
        ThrowIfBroken();
        var contributor = new Contributor(update.Slot.Client, update.Weight ?? 0, upload.Nonce);
        using PreparedKey key = _keys.Prepare(upload, contributor, Attempt);
        Digest[] fresh = [upload.Nonce, .. key.PublicSeeds];
        if (Array.Exists(fresh, nonces.Contains))
        {
            return RefusalReason.RepeatedNonce;
        }

        RefusalReason reason = AddFresh(upload, update, contributor, key);
        if (reason == RefusalReason.None)
        {
            _parts.Add(update.Slot.Client, PartDigests.Of(upload, beginning, _protocol));
            foreach (Digest digest in fresh)
            {
                nonces.TryAdd(digest, Attempt.Round);
            }
        }

        return reason;
    }

    /// <summary>Saves the sums, for <see cref="Restore"/> to resume. They hold ciphertexts, tags and names, but no key.</summary>
    /// <param name="destination">Receives the bytes.</param>
    public void SaveState(SegmentedBuffer destination)
    {
        ThrowIfBroken();
        var writer = new WireWriter(destination);
        writer.WriteInt64(Attempt.ReferenceWeight);
        writer.WriteInt32(_contributors.Count);
        foreach (Contributor contributor in _contributors.Values)
        {
            contributor.Write(writer);
            _parts[contributor.Client].Write(writer);
        }

        writer.WriteBytesWithLength(RoundKeyProtocol.Write(_tags));
        using (destination.WithLength())
        {
            _keys.SaveState(_contributors.Count, destination);
        }

        _sum.Write(destination);
    }

    /// <summary>Resumes saved sums.</summary>
    /// <param name="state">The bytes written by <see cref="SaveState"/>.</param>
    /// <param name="protocol">The protocol of the job.</param>
    /// <param name="attemptOf">Returns the attempt with a reference weight.</param>
    /// <param name="keys">Sums of round keys that are empty; the sum owns them.</param>
    /// <param name="folder">The folder of the sum of updates.</param>
    /// <param name="accepted">The slots of the updates that were accepted.</param>
    /// <exception cref="HeFormatException">The bytes are not saved sums of the attempt.</exception>
    /// <exception cref="StateRefusedException">The sum is in a file, and the server has no folder for it.</exception>
    /// <exception cref="SumFileException">The file of the sum is in use, or cannot be read.</exception>
    public static AttemptSum Restore(
        ReadOnlyMemory<byte> state, RoundKeyProtocol protocol, Func<long, Attempt> attemptOf, IKeySums keys, SumFolder folder, IReadOnlyCollection<UploadSlot> accepted)
    {
        var reader = new WireReader(state.Span);
        long reference = reader.ReadInt64(1, protocol.Terms.MaxWeight);
        int count = reader.ReadInt32(0, protocol.Parameters.MaxContributors);
        var contributors = new List<(Contributor Contributor, PartDigests Parts)>();
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            contributors.Add((Contributor.Read(ref reader), PartDigests.Read(ref reader)));
        }

        LinearTag[]? tags = protocol.TryReadTags(reader.ReadBytesWithLength());
        ReadOnlyMemory<byte> keyState = reader.ReadBytesWithLength(state);
        reader.Require(tags is not null, FormatError.Inconsistent);
        if (reader.Failed)
        {
            throw new HeFormatException(reader.Error, "sum of round keys");
        }

        Attempt attempt = attemptOf(reference);
        var sum = new AttemptSum(protocol, attempt, keys, RoundSum.Read(ref reader, state, folder, protocol.Inner, protocol.Terms, reference, accepted));
        reader.ExpectEnd();
        try
        {
            sum.Fill(contributors, tags!, keyState);
            return reader.Failed ? throw new HeFormatException(reader.Error, "sum of round keys") : sum;
        }
        catch
        {
            sum.Dispose();
            throw;
        }
    }

    /// <summary>Completes the sums and fixes them in a list.</summary>
    public CompletedSum Complete()
    {
        ThrowIfBroken();
        EncryptedAggregate aggregate = _sum.Complete(out StoredSum? stored);
        byte[] keys = _keys.Complete();
        var list = new ContributorList(
            Attempt.Round,
            Attempt.Number,
            Attempt.ReferenceWeight,
            Attempt.Base,
            [.. _contributors.Values],
            ContentDigests.Of(aggregate, keys, _protocol.Lengths.ClearCount, _protocol.Inner.MaxDegreeOfParallelism),
            RoundKeyProtocol.Write(_tags),
            _keys.Seals);
        return new CompletedSum(list, keys, aggregate, stored);
    }

    public void Dispose()
    {
        _sum.Dispose();
        _keys.Dispose();
    }

    private void ThrowIfBroken()
    {
        if (_isBroken)
        {
            throw new AggregationBrokenException();
        }
    }

    private RefusalReason AddFresh(ProtectedUpdate upload, EncryptedModelUpdate update, Contributor contributor, PreparedKey key)
    {
        if (upload.Base != Attempt.Base)
        {
            return RefusalReason.WrongBaseModel;
        }

        if (update.Receipt.KeyId != _innerKey && _protocol.Lengths.SegmentCount > 0)
        {
            return RefusalReason.WrongKey;
        }

        if (_protocol.TryReadTags(upload.Tags.Span) is not LinearTag[] tags)
        {
            return RefusalReason.Malformed;
        }

        if (key.Reason != RefusalReason.None)
        {
            return key.Reason;
        }

        if (_sum.CountWith(contributor.Client) > _protocol.Parameters.MaxContributors)
        {
            return RefusalReason.OverCapacity;
        }

        if (_sum.Check(update) is var turn && turn != RefusalReason.None)
        {
            return turn;
        }

        // The sum of keys goes first: what it refuses changes nothing, and everything that the other sum might refuse was
        // checked.
        key.Add();
        try
        {
            _sum.FoldIn(update);
        }
        catch (Exception cause)
        {
            // Its key is in the sum of keys already, whatever became of the update: mostly it could no longer be read.
            _isBroken = true;
            if (cause is SumFileException or AggregationBrokenException)
            {
                throw;
            }

            throw new AggregationBrokenException(cause);
        }

        for (int i = 0; i < tags.Length; i++)
        {
            _tags[i] = _protocol.TagAt(i).Modulus.Add(_tags[i], tags[i]);
        }

        _contributors.Add(contributor.Client, contributor);
        return RefusalReason.None;
    }

    private void Fill(List<(Contributor Contributor, PartDigests Parts)> contributors, LinearTag[] tags, ReadOnlyMemory<byte> keys)
    {
        foreach ((Contributor contributor, PartDigests parts) in contributors)
        {
            _parts[contributor.Client] = parts;
            if (!_contributors.TryAdd(contributor.Client, contributor))
            {
                throw new HeFormatException(FormatError.Inconsistent, "sum of round keys");
            }
        }

        tags.CopyTo(_tags, 0);
        _keys.Restore(keys, _contributors.Values, Attempt);

        if (!_sum.Slots.Select(slot => slot.Client).Order().SequenceEqual(_contributors.Keys))
        {
            throw new HeFormatException(FormatError.Inconsistent, "sum of round keys");
        }
    }
}
