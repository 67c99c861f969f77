using FedHe.Crypto;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.SumFiles;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// The running sum is the whole state of an unfinished aggregation. <see cref="UpdateAggregator"/> changes it, and <see
/// cref="AggregatorStateFormat"/> writes and parses it.
/// </summary>
/// <remarks>The first update fixes the job, the round and the key.</remarks>
internal sealed class RunningSum : IDisposable
{
    private UploadSlot? _anySlot;

    private RunningSum(HePublicContext context, AggregationTerms terms, long referenceWeight, SumStore store)
    {
        Context = context;
        Terms = terms;
        Rule = WeightRules.Of(terms, context);
        ReferenceWeight = referenceWeight;
        ParametersId = terms.ParametersIdOf(context.Parameters);
        Plan = SegmentPlan.Of(terms.VectorLength, context.Parameters);
        Store = store;
    }

    /// <summary>Begins an empty sum.</summary>
    /// <param name="context">The public context of the job's parameters.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="referenceWeight">The weight that counts fully where clients multiply, or null for the largest weight.</param>
    /// <param name="file">The place of the sum on disk, or null for memory.</param>
    /// <param name="isFilled">Whether a saved sum is read into the sum next, before which its file cannot be opened.</param>
    public static RunningSum Begin(HePublicContext context, AggregationTerms terms, long? referenceWeight, SumFile? file, bool isFilled = false)
    {
        ContextGuard.Check(context);
        long reference = terms.CheckReferenceWeight(referenceWeight);
        if (file is null)
        {
            var memory = new MemoryStore(context, SegmentPlan.Of(terms.VectorLength, context.Parameters), terms.Mask.ClearCount);
            return new RunningSum(context, terms, reference, memory);
        }

        SumHead head = FileStore.HeadOf(context, terms, reference);
        return InFile(context, terms, reference, FileDisk.Create(file, SumHead.IsSum), disk => SumParts.Create(disk, head, isFilled));
    }

    /// <summary>Opens the file of a sum and goes on with it.</summary>
    /// <param name="context">The public context of the job's parameters.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="referenceWeight">The weight that counts fully where clients multiply, or null for the largest weight.</param>
    /// <param name="file">The place of the sum.</param>
    public static RunningSum Open(HePublicContext context, AggregationTerms terms, long? referenceWeight, SumFile file)
    {
        ContextGuard.Check(context);
        long reference = terms.CheckReferenceWeight(referenceWeight);
        SumHead head = FileStore.HeadOf(context, terms, reference);
        return Open(context, terms, reference, head, FileDisk.Open(file));
    }

    /// <inheritdoc cref="Open(HePublicContext, AggregationTerms, long?, SumFile)"/>
    /// <param name="context">The public context of the job's parameters.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="referenceWeight">The weight that counts fully where clients multiply, or null for the largest weight.</param>
    /// <param name="disk">The file, which the sum owns.</param>
    /// <param name="batchLength">The number of parts that change together, or null for the usual one.</param>
    internal static RunningSum Open(HePublicContext context, AggregationTerms terms, long? referenceWeight, SumDisk disk, int? batchLength = null)
    {
        long reference = terms.CheckReferenceWeight(referenceWeight);
        return Open(context, terms, reference, FileStore.HeadOf(context, terms, reference, batchLength), disk);
    }

    /// <summary>Begins an empty sum in a file that was opened.</summary>
    internal static RunningSum Begin(
        HePublicContext context, AggregationTerms terms, long? referenceWeight, SumDisk disk, int? batchLength = null, bool isFilled = false)
    {
        long reference = terms.CheckReferenceWeight(referenceWeight);
        SumHead head = FileStore.HeadOf(context, terms, reference, batchLength);
        return InFile(context, terms, reference, disk, created => SumParts.Create(created, head, isFilled));
    }

    public HePublicContext Context { get; }

    public AggregationTerms Terms { get; }

    /// <summary>Who multiplies values by weights.</summary>
    public WeightRule Rule { get; }

    /// <summary>The weight that counts fully where clients multiply.</summary>
    public long ReferenceWeight { get; }

    public Digest ParametersId { get; }

    public SegmentPlan Plan { get; }

    /// <summary>Where the sums are.</summary>
    public SumStore Store { get; }

    /// <summary>The slot of each update in the sum, by client.</summary>
    public SortedDictionary<ClientId, UploadSlot> Slots { get; } = [];

    /// <summary>
    /// The slot of any update in the sum; the sum must not be empty, and all its updates share the job and the round.
    /// </summary>
    public UploadSlot AnySlot => _anySlot!;

    /// <summary>The sum of the weights; 0 when they are hidden.</summary>
    public long TotalWeight { get; set; }

    /// <summary>The sum of the factors in units of 2^-30 where clients multiply, and otherwise 0.</summary>
    public long TotalFactor { get; set; }

    public int Contributions => Slots.Count;

    /// <summary>Remembers the slot of an update that is in the sum.</summary>
    public void Add(UploadSlot slot)
    {
        Slots.Add(slot.Client, slot);
        _anySlot = slot;
    }

    /// <summary>The totals that the sum has with one more update.</summary>
    /// <param name="weight">The weight of the update; 0 when it is hidden.</param>
    public RunningTotals TotalsWith(long weight) => new(
        Contributions + 1,
        TotalWeight + weight,
        TotalFactor + (Rule == WeightRule.ClientMultiplies ? WeightFactor.UnitsOf(weight, ReferenceWeight) : 0));

    /// <summary>Combines the sum's fields with its sums, which may be copies or finished.</summary>
    public AggregateContent ContentWith((ClearIntegers Clear, SegmentSet Segments) sums)
        => new(AnySlot.JobId, AnySlot.Round, Contributions, WeightTotals, sums.Clear, sums.Segments);

    private WeightTotals WeightTotals => Rule == WeightRule.ClientMultiplies
        ? new WeightTotals(Rule, TotalWeight, ReferenceWeight, TotalFactor)
        : new WeightTotals(Rule, TotalWeight, ReferenceWeight: 0, TotalFactor: 0);

    public void Dispose() => Store.Dispose();

    private static RunningSum Open(HePublicContext context, AggregationTerms terms, long referenceWeight, SumHead head, SumDisk disk)
    {
        RunningSum sum = InFile(context, terms, referenceWeight, disk, opened => SumParts.Open(opened, head));
        var store = (FileStore)sum.Store;
        sum.TotalWeight = store.Mark.TotalWeight;
        sum.TotalFactor = store.Mark.TotalFactor;
        foreach (SumUpdate update in store.Updates)
        {
            if (sum.Slots.ContainsKey(update.Slot.Client))
            {
                SumFileException fault = disk.Fault(SumFileError.Damaged);
                disk.Dispose();
                throw fault;
            }

            sum.Add(update.Slot);
        }

        return sum;
    }

    private static RunningSum InFile(
        HePublicContext context, AggregationTerms terms, long referenceWeight, SumDisk disk, Func<SumDisk, SumParts> partsOf)
    {
        try
        {
            return new RunningSum(context, terms, referenceWeight, FileStore.Of(context, terms, partsOf(disk)));
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }
}
