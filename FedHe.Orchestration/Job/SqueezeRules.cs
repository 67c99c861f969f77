using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Job;

/// <summary>The squeeze rules decide what sparsification terms go together with. What nobody has thought through is refused by name.</summary>
internal static class SqueezeRules
{
    /// <summary>Returns what of the update terms cannot be squeezed, or null.</summary>
    public static string? Check(UpdateKind kind, IntegerTerms? integers, PrivacyTerms? privacy, ServerOptimizer? optimizer) => kind switch
    {
        not UpdateKind.Difference => "What does not travel of a model is missing, and only what does not travel of a difference can travel later. Let the updates be UpdateKind.Difference.",

        // A residual brings records of one round into later ones, which no clip and no account of a round covers.
        _ when privacy is not null => "Privacy terms count what a client contributes in one round, and a residual contributes in later ones. Leave out the privacy terms, or the squeeze.",
        _ when integers is not null => "Integers are exact sums of all values, and what rounding to a step leaves is in no residual. Leave out the integers, or the squeeze.",
        _ when optimizer is not null => "The moments of an optimizer would take a value that does not travel for one that did not move. Leave out the optimizer, or the squeeze.",
        _ => null,
    };

    /// <summary>Returns what of the rest of a job cannot be squeezed, or null.</summary>
    public static string? CheckJob(SparsificationTerms squeeze, AggregationTerms terms, CommitteeTerms? committee)
        => !terms.Mask.IsAll ? "Squeezed values are all encrypted, because values in clear would show their positions to the server. Choose a mask that encrypts every value."
            : !SqueezedUpdates.Fit(squeeze, terms) ? $"The model has {terms.Layout.ParameterCount} values, and {squeeze.Count} are to travel. Let fewer travel, or leave out the squeeze."
            : SqueezeFormat.LengthOfState(terms.Layout) > Array.MaxLength ? "Two models, a pass and a residual are longer than a saved state can be. Squeeze a smaller model, or leave out the squeeze."
            : committee?.Observer is not null ? "An observer reads single averages and does not know the positions of their values. Leave out the observer, or the squeeze."
            : null;
}
