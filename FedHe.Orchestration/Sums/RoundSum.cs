using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Sums;

/// <summary>
/// A round sum is the sum of the updates that the server has accepted for an attempt, in memory or in a file. A file may be ahead of the state: a process ended when it had
/// folded an update in, whole or in part, and had not saved that. Such an update is not accepted until its client sends it again, and then it is not added twice; until then the
/// sum cannot be completed.
/// </summary>
internal sealed class RoundSum : IDisposable
{
    /// <summary>What stands in a state in the place of the length of a sum, where the sum is in a file.</summary>
    public const int InFile = -1;

    private readonly SumFolder _folder;
    private readonly UpdateAggregator _aggregator;
    private readonly Dictionary<ClientId, UploadSlot> _accepted = [];

    /// <summary>Creates a sum all of whose updates are accepted.</summary>
    /// <param name="folder">The folder of the sum.</param>
    /// <param name="aggregator">The sum, which the object owns.</param>
    /// <param name="file">The name of its file, or null in memory.</param>
    public RoundSum(SumFolder folder, UpdateAggregator aggregator, Guid? file)
    {
        (_folder, _aggregator, File) = (folder, aggregator, file);
        foreach (UploadSlot slot in aggregator.Slots)
        {
            _accepted.Add(slot.Client, slot);
        }
    }

    /// <summary>The name of the file, or null in memory.</summary>
    public Guid? File { get; }

    /// <summary>Whether the file is missing, damaged, another one or older than the state, so that what the state says of the attempt is lost.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Whether the file is lost for good, because it is damaged.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>The slots of the accepted updates.</summary>
    public IReadOnlyCollection<UploadSlot> Slots => _accepted.Values;

    /// <summary>Whether a part of an update is in the sum, so that nothing else can be folded in.</summary>
    public bool IsStuck => !IsLost && _aggregator.Pending is not null;

    /// <summary>Whether an earlier process has completed the sum, so that it takes nothing more.</summary>
    public bool IsSealed => _aggregator.IsComplete;

    /// <summary>The clients whose updates are in the file, whole or in part, and were not accepted.</summary>
    public IEnumerable<ClientId> Unaccepted
        => IsLost ? [] : _aggregator.Slots.Select(slot => slot.Client).Where(client => !_accepted.ContainsKey(client)).Concat(_aggregator.Pending is UploadSlot pending ? [pending.Client] : []);

    /// <summary>Tells whether the sum has the total weight of the accepted updates, which is 0 where weights are hidden. A sum in a file may be ahead, and is not asked.</summary>
    public bool HasTotalWeight(Int128 weight) => File is not null || weight == (_aggregator.TotalWeight ?? 0);

    /// <summary>The clients whose uploads had to wait for one that is in the sum in part.</summary>
    public SortedSet<ClientId> TurnedAway { get; } = [];

    /// <summary>Counts the updates that the sum has when it has a client's too: the file may have more than were accepted.</summary>
    public int CountWith(ClientId client) => _accepted.Keys.Concat(Unaccepted).Append(client).Distinct().Count();

    /// <summary>Returns the reason why an update cannot be folded in for the other updates in the sum.</summary>
    /// <exception cref="HeFormatException">The update's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The update's bytes can no longer be read.</exception>
    public RefusalReason Check(EncryptedModelUpdate update)
    {
        // An update that is replayed into a lost sum counts without the file.
        if (File is null || IsLost)
        {
            return RefusalReason.None;
        }

        UploadSlot slot = update.Slot;
        if (_aggregator.Slots.Contains(slot) || _aggregator.Pending == slot)
        {
            return _aggregator.Recognizes(update) ? RefusalReason.None : RefusalReason.ConflictingDuplicate;
        }

        if (IsSealed)
        {
            return RefusalReason.TooLate;
        }

        if (IsStuck)
        {
            TurnedAway.Add(slot.Client);
            return RefusalReason.OutOfTurn;
        }

        return RefusalReason.None;
    }

    /// <summary>Accepts an update, and folds in what is missing of it.</summary>
    /// <exception cref="AggregationBrokenException">The update could not be read to its end, or the file of the sum failed. The sum cannot be used any more.</exception>
    /// <exception cref="SumFileException">The file of the sum cannot be read or written. The sum cannot be used any more.</exception>
    public void FoldIn(EncryptedModelUpdate update)
    {
        try
        {
            if (!IsLost && (File is null || !_aggregator.Slots.Contains(update.Slot)))
            {
                _aggregator.FoldIn(update);
            }
        }
        catch (SumFileException damaged) when (damaged.Error == SumFileError.Damaged)
        {
            PutAside();
            throw;
        }

        _accepted.Add(update.Slot.Client, update.Slot);
    }

    /// <summary>Completes the sum.</summary>
    /// <param name="stored">The sum in its file, which the folder keeps and which owns the aggregate, or null in memory.</param>
    /// <exception cref="SumFileException">The file of the sum cannot be read or written.</exception>
    public EncryptedAggregate Complete(out StoredSum? stored)
    {
        if (Unaccepted.Any())
        {
            throw Throw.SumIsAheadOfItsState();
        }

        EncryptedAggregate aggregate = _aggregator.Complete();
        stored = File is Guid file ? _folder.Keep(file, aggregate) : null;
        return aggregate;
    }

    /// <summary>
    /// Puts a damaged file aside: the server goes on from its state, finds nothing, and has the attempt repeated. The sum, completed or not, cannot be used any more.
    /// </summary>
    public void PutAside()
    {
        // Some systems move no file that is open.
        _aggregator.Dispose();
        _folder.PutAside(File!.Value);
    }

    /// <summary>Writes the sum, or where it is, with its length before it.</summary>
    public void Write(SegmentedBuffer destination)
    {
        if (File is not Guid file)
        {
            using (destination.WithLength())
            {
                _aggregator.SaveState(destination);
            }

            return;
        }

        var writer = new WireWriter(destination);
        writer.WriteInt32(InFile);
        writer.WriteGuid(file);
        writer.WriteDigest(ContentOf(_accepted.Values)!.Value);
    }

    /// <summary>Reads a sum, or opens its file.</summary>
    /// <param name="reader">The reader of a state.</param>
    /// <param name="source">The bytes of the state.</param>
    /// <param name="folder">The folder of the sums.</param>
    /// <param name="context">The public context of the sum.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="referenceWeight">The reference weight, or null.</param>
    /// <param name="accepted">The slots of the updates that the state has accepted.</param>
    /// <exception cref="HeFormatException">The bytes are no sum of these updates.</exception>
    /// <exception cref="StateRefusedException">The sum is in a file, and the server has no folder for it, or one that was no server's.</exception>
    /// <exception cref="SumFileException">The file is in use, or cannot be read.</exception>
    public static RoundSum Read(
        ref WireReader reader, ReadOnlyMemory<byte> source, SumFolder folder, HePublicContext context, AggregationTerms terms, long? referenceWeight, IReadOnlyCollection<UploadSlot> accepted)
    {
        if (reader.Failed || reader.Remaining < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(source.Span[^reader.Remaining..]) != InFile)
        {
            ReadOnlyMemory<byte> state = reader.ReadBytesWithLength(source);
            return reader.Failed ? throw new HeFormatException(reader.Error, "sum") : folder.Restore(state, context, terms, referenceWeight);
        }

        reader.ReadBytes(sizeof(int));
        Guid file = reader.ReadGuid();
        Digest content = reader.ReadDigest();
        return reader.Failed ? throw new HeFormatException(reader.Error, "sum")
            : folder.IsLookedAt ? Lost(file, folder, context, terms, referenceWeight, accepted)
            : !folder.HasFiles ? throw new StateRefusedException(StateError.SumMissing)
            : Open(file, content, folder, context, terms, referenceWeight, accepted);
    }

    public void Dispose() => _aggregator.Dispose();

    private static RoundSum Open(
        Guid file, Digest content, SumFolder folder, HePublicContext context, AggregationTerms terms, long? referenceWeight, IReadOnlyCollection<UploadSlot> accepted)
    {
        RoundSum sum;
        try
        {
            sum = folder.Open(file, context, terms, referenceWeight);
            sum.IsLost = sum.ContentOf(accepted) != content;
        }
        catch (SumFileException lost) when (lost.Error is SumFileError.NotFound or SumFileError.Damaged or SumFileError.OtherSum)
        {
            if (lost.Error == SumFileError.NotFound && folder.IsNew)
            {
                throw new StateRefusedException(StateError.SumMissing, lost);
            }

            sum = Lost(file, folder, context, terms, referenceWeight, accepted);
            sum.IsDamaged = lost.Error == SumFileError.Damaged || folder.HasPutAside(file);
            return sum;
        }

        return sum.With(accepted);
    }

    /// <summary>Creates a sum whose file nobody opens: it counts what the state says, and is never completed.</summary>
    private static RoundSum Lost(
        Guid file, SumFolder folder, HePublicContext context, AggregationTerms terms, long? referenceWeight, IReadOnlyCollection<UploadSlot> accepted)
        => new RoundSum(folder, new UpdateAggregator(context, terms, file: null, referenceWeight), file) { IsLost = true }.With(accepted);

    private RoundSum With(IReadOnlyCollection<UploadSlot> accepted)
    {
        _accepted.Clear();
        foreach (UploadSlot slot in accepted)
        {
            _accepted.TryAdd(slot.Client, slot);
        }

        return this;
    }

    /// <summary>Computes a digest of what the file has of updates, or returns null where it lacks one.</summary>
    private Digest? ContentOf(IEnumerable<UploadSlot> slots)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        foreach (UploadSlot slot in slots.OrderBy(slot => slot.Client))
        {
            if (_aggregator.ContentOf(slot) is not Digest content)
            {
                return null;
            }

            content.CopyTo(bytes);
            hash.AppendData(bytes);
        }

        return new Digest(hash.GetHashAndReset());
    }
}
