using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;

namespace HospitalFedAvg.Federation;

/// <summary>A weight plan gives the hospitals their sample counts as weights, or a fixed share of the counts where the
/// total would not fit.</summary>
internal sealed record WeightPlan(IReadOnlyList<long> Weights, AggregationTerms Terms, AggregationPlan Plan)
{
    // The bound on the error is this much larger than the precision asked for, at most.
    private const double LostBits = 4;
    private const double UsualBits = 8;

    /// <summary>The bits that a plan must promise; an operator who requires fewer bits may get fewer.</summary>
    public required double RequiredBits { get; init; }

    /// <summary>Creates the plan of the same weights with part of the model encrypted.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="context">The public context that the model is encrypted under.</param>
    public WeightPlan Under(EncryptionMask mask, HePublicContext context)
    {
        var terms = new AggregationTerms(Terms.Layout, mask, Terms.Weighting, Terms.MaxWeight, Terms.Precision);
        return this with
        {
            Terms = terms,
            Plan = AggregationPlan.Create(context, terms, Weights.Count, Weights.Sum(), VectorForm.Seeded, RequiredBits),
        };
    }

    /// <summary>Creates the plan of hospitals that all weigh 1 and send integers.</summary>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="update">The update terms, with integers.</param>
    /// <param name="clients">The number of hospitals.</param>
    public static WeightPlan OfIntegers(ModelLayout layout, UpdateTerms update, int clients)
    {
        var terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 1);
        HePublicContext context = KeyAdditiveContext.CreatePublic(FederationJob.PlanRoundKeys(
            new FederationSettings { Rounds = 1, ClientsPerRound = clients, Quorum = clients }, terms, update));
        var plan = AggregationPlan.Create(
            context, IntegerUpdates.TermsOf(layout.ToArrayLength(), update.Integers!.Bound), clients, clients, VectorForm.Seeded, requiredPrecisionBits: 0);
        long[] weights = [.. Enumerable.Repeat(1L, clients)];
        return new WeightPlan(weights, terms, plan) { RequiredBits = 0 };
    }

    public static WeightPlan Create(HePublicContext context, ModelLayout layout, Weighting weighting, int precisionBits, IReadOnlyList<long> counts)
    {
        TransferPrecision? precision = precisionBits > 0 ? new TransferPrecision(precisionBits, counts.Count) : null;
        double required = precisionBits > 0 ? Math.Clamp(precisionBits - LostBits, 0, UsualBits) : UsualBits;
        for (int shift = 0; ; shift++)
        {
            long[] weights = [.. counts.Select(count => Math.Max(1L, count >> shift))];
            var terms = new AggregationTerms(layout, EncryptionMask.All(layout), weighting, weights.Max(), precision);
            try
            {
                var plan = AggregationPlan.Create(context, terms, counts.Count, weights.Sum(), VectorForm.Seeded, required);
                return new WeightPlan(weights, terms, plan) { RequiredBits = required };
            }
            catch (PlanRefusedException refusal) when (refusal.Error == PlanError.WeightsExceedCapacity && weights.Max() > 1)
            {
                // Halve the weights and plan again.
            }
        }
    }
}
