using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.Job;

/// <summary>Round terms say what travels in one kind of rounds of a job, which every party derives from the job and the number of the round.</summary>
/// <param name="Moving">The half of the adapters that moves, or null where everything that the job averages does.</param>
/// <param name="Layout">The layout of the model in such a round, in which the half that is kept is local.</param>
/// <param name="Upload">The terms under which uploads are encrypted and added up.</param>
internal sealed record RoundTerms(AdapterHalf? Moving, ModelLayout Layout, AggregationTerms Upload)
{
    /// <summary>Returns the kinds of rounds of a job, which take turns from round 1 on.</summary>
    public static RoundTerms[] Of(UpdateTerms update, AggregationTerms terms)
    {
        if (update.Adapters?.MovingIn(1) is null)
        {
            return [new RoundTerms(null, terms.Layout, UploadVector.TermsOf(update, terms))];
        }

        AdapterLayout adapters = AdapterLayout.Of(terms.Layout);
        return [.. update.Adapters.Turns.Select(moving => Of(update, terms, adapters, moving!.Value))];
    }

    private static RoundTerms Of(UpdateTerms update, AggregationTerms terms, AdapterLayout adapters, AdapterHalf moving)
    {
        ModelLayout layout = adapters.LayoutOf(moving);
        var ofHalf = new AggregationTerms(layout, adapters.MaskOf(terms.Mask, moving), terms.Weighting, terms.MaxWeight, terms.Precision);
        return new RoundTerms(moving, layout, UploadVector.TermsOf(update, ofHalf));
    }
}
