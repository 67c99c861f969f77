using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Job;

/// <summary>The control rules decide what control terms go together with. What nobody has thought through is refused by name.</summary>
internal static class ControlRules
{
    // A sum of values and a sum of controls are two different sums of the same differences where clients' total steps differ, so it takes three contributors until nobody can solve for a single one.
    private const int HonestContributors = 3;

    // The bytes of a saved state and of two messages that are in proportion to nothing that a layout has.
    private const long OtherBytes = 1 << 24;

    /// <summary>Returns the smallest number of contributors that a sum must have: three honest ones and the dishonest ones, of whom the job reckons with one at least.</summary>
    public static int LeastContributors(FederationSettings settings, CommitteeTerms? committee)
        => HonestContributors + Math.Max(1, committee?.Corrupt ?? settings.ToleratedDishonest);

    /// <summary>Returns what of the update terms goes with no control terms, or null.</summary>
    public static string? Check(UpdateKind kind, IntegerTerms? integers, PrivacyTerms? privacy, ServerOptimizer? optimizer, SparsificationTerms? squeeze) => kind switch
    {
        not UpdateKind.Difference => "A control variate moves by differences. Let the updates be UpdateKind.Difference.",

        // The correction of a round has records of earlier rounds in it, and control differences have no clip.
        _ when privacy is not null => "Privacy terms bound what a client's model changes by, and a control difference is bounded by nothing that noise is measured by. Leave out the privacy terms, or the controls.",
        _ when integers is not null => "Integers have one step for all values, and control differences are gradients. Leave out the integers, or the controls.",
        _ when optimizer is not null => "SCAFFOLD moves the model by the average difference times its global step, and with nothing else its analysis holds. Leave out the optimizer, or the controls.",
        _ when squeeze is not null => "A squeeze keeps back values that the control difference would count as sent. Leave out the squeeze, or the controls.",
        _ => null,
    };

    /// <summary>Returns what of the rest of a job goes with no control terms, or null.</summary>
    public static string? CheckJob(AggregationTerms terms, FederationSettings settings, KeyAdditiveParameters? roundKeys, CommitteeTerms? committee)
        => roundKeys is null
                ? "In the direct mode nothing tells a client whether its control difference is in a sum. Protect the job by round keys, or leave out the controls."
            : ControlledUpdates.Check(terms) is string fault ? fault
            : LengthOfState(terms.Layout, roundKeys) > Array.MaxLength ? "Two models, six control variates, an upload and a sum are longer than a saved state can be. Train a smaller model, or leave out the controls."
            : committee?.Observer is not null ? "An observer reads single averages and has no control variates. Leave out the observer, or the controls."
            : settings.MinimumContributors < LeastContributors(settings, committee)
                ? $"Every sum has values and controls, of which key holders could solve for the shares of two honest contributors. Let the minimum of contributors be at least {LeastContributors(settings, committee)}: three honest ones, and those that may be dishonest."
            : settings.Training.ProximalMu != 0
                ? "The proximal term of FedProx would be part of every control variate. Leave out the proximal term, or the controls."
            : null;

    /// <summary>Returns the most bytes that a client's saved state takes with the upload and the sum in it, whose values and controls have the bits of the modulus.</summary>
    private static long LengthOfState(ModelLayout layout, KeyAdditiveParameters roundKeys)
    {
        long message = 2 * layout.ParameterCount * (roundKeys.KeptBits + roundKeys.DroppedBits) / 8;
        return ControlFormat.LengthOfState(layout) + (2 * message) + OtherBytes;
    }
}
