using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.Job;

/// <summary>The upload vector of a job is what each client encrypts: a number of integers or of values that follows from the job, or else the model.</summary>
internal static class UploadVector
{
    /// <summary>Returns the terms under which uploads are encrypted and added up.</summary>
    public static AggregationTerms TermsOf(UpdateTerms update, AggregationTerms terms)
        => update.Squeeze is not null ? SqueezedUpdates.TermsOf(update.Squeeze, terms)
            : update.Controls is not null ? ControlledUpdates.TermsOf(update.Controls, terms)
            : update.Integers is not IntegerTerms integers ? terms
            : update.Privacy?.PublicMask is not null ? IntegerUpdates.TermsUnder(terms.Mask, BitsOf(update), integers.Bound)
            : IntegerUpdates.TermsOf(checked(CountOf(update, terms.Layout.ToArrayLength()) + BitsOf(update)), integers.Bound);

    /// <summary>Returns the number of integers that a difference of a number of values becomes.</summary>
    public static int CountOf(UpdateTerms update, int values)
        => update.Privacy?.Rotation is null ? values : RotationTerms.LengthOf(values);

    // The bit of an adaptive clip is behind the difference.
    private static int BitsOf(UpdateTerms update) => update.Privacy?.AdaptiveClip is null ? 0 : 1;
}
