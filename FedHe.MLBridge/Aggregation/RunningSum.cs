using FedHe.Crypto;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;
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
    private bool _isHandedOver;

    public RunningSum(HePublicContext context, AggregationTerms terms, long? referenceWeight)
    {
        ContextGuard.Check(context);
        Context = context;
        Terms = terms;
        Rule = WeightRules.Of(terms, context);
        ReferenceWeight = terms.CheckReferenceWeight(referenceWeight);
        ParametersId = terms.ParametersIdOf(context.Parameters);
        Plan = SegmentPlan.Of(terms.VectorLength, context.Parameters);
        ClearSums = new BlockBuffer(terms.Mask.ClearCount);
        Sums = new IAccumulator[Plan.Count];
        for (int i = 0; i < Sums.Length; i++)
        {
            Sums[i] = context.Evaluator.CreateAccumulator(Plan.LengthOf(i));
        }
    }

    public HePublicContext Context { get; }

    public AggregationTerms Terms { get; }

    /// <summary>Who multiplies values by weights.</summary>
    public WeightRule Rule { get; }

    /// <summary>The weight that counts fully where clients multiply.</summary>
    public long ReferenceWeight { get; }

    public Digest ParametersId { get; }

    public SegmentPlan Plan { get; }

    /// <summary>The encrypted sums, one accumulator for each segment.</summary>
    public IAccumulator[] Sums { get; }

    /// <summary>The weighted sums of the values in clear.</summary>
    public BlockBuffer ClearSums { get; }

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

    /// <summary>Combines the sum's fields with given segments, which may be copies or finished sums.</summary>
    public AggregateContent ContentWith(SegmentSet segments)
        => new(AnySlot.JobId, AnySlot.Round, Contributions, WeightTotals, new ClearIntegers.Held(ClearSums), segments);

    private WeightTotals WeightTotals => Rule == WeightRule.ClientMultiplies
        ? new WeightTotals(Rule, TotalWeight, ReferenceWeight, TotalFactor)
        : new WeightTotals(Rule, TotalWeight, ReferenceWeight: 0, TotalFactor: 0);

    /// <summary>Moves the sums into an aggregate, which then releases the values in clear.</summary>
    public AggregateContent HandOver(SegmentSet segments)
    {
        _isHandedOver = true;
        return ContentWith(segments);
    }

    public void Dispose()
    {
        if (!_isHandedOver)
        {
            _isHandedOver = true;
            ClearSums.Release();
        }

        Array.ForEach(Sums, sum => sum.Dispose());
    }
}
