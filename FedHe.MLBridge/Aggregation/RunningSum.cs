using FedHe.Crypto;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// The running sum is everything that an unfinished aggregation knows. The first update fixes job, round and key.
/// <see cref="UpdateAggregator"/> changes it, and <see cref="AggregatorStateFormat"/> writes and reads it.
/// </summary>
internal sealed class RunningSum : IDisposable
{
    private bool _isHandedOver;

    public RunningSum(HePublicContext context, AggregationTerms terms)
    {
        Context = context;
        Terms = terms;
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

    public Digest ParametersId { get; }

    public SegmentPlan Plan { get; }

    /// <summary>The encrypted sums, one for each segment.</summary>
    public IAccumulator[] Sums { get; }

    /// <summary>The weighted sums of the clear part.</summary>
    public BlockBuffer ClearSums { get; }

    /// <summary>The slots of the updates in the sum, one a client.</summary>
    public SortedDictionary<ClientId, UploadSlot> Slots { get; } = [];

    /// <summary>One slot of the sum, which is not empty: all of them share its job and its round.</summary>
    public UploadSlot AnySlot => Slots.Values.First();

    /// <summary>Sum of the weights, or 0 when they are hidden.</summary>
    public long TotalWeight { get; set; }

    public int Contributions => Slots.Count;

    /// <summary>Joins everything but the encrypted segments, which may be copies or finished sums.</summary>
    public AggregateContent ContentWith(SegmentSet segments)
        => new(AnySlot.JobId, AnySlot.Round, Contributions, TotalWeight, new ClearIntegers.Held(ClearSums), segments);

    /// <summary>Hands the sums over to an aggregate, which releases the clear part.</summary>
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
