using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Job;

/// <summary>The update rules decide whether update terms fit the rest of a job.</summary>
internal static class UpdateRules
{
    /// <summary>Returns what is wrong, or null.</summary>
    public static string? Check(
        UpdateTerms update,
        AggregationTerms terms,
        FederationSettings settings,
        KeyAdditiveParameters? roundKeys,
        CommitteeTerms? committee,
        MaskTerms? maskTerms)
    {
        if (update.Optimizer is not null && committee?.Observer is not null)
        {
            return "An observer reads single averages and has no moments of an optimizer. Leave out the observer, or the optimizer.";
        }

        if (update.Squeeze is not null && SqueezeRules.CheckJob(update.Squeeze, terms, committee) is string fault)
        {
            return fault;
        }

        if (update.Controls is not null && ControlRules.CheckJob(terms, settings, roundKeys, committee) is string obstacle)
        {
            return obstacle;
        }

        if (maskTerms is null && CheckAdapters(update.Adapters, terms) is string misfit)
        {
            return misfit;
        }

        if (maskTerms is not null && update != new UpdateTerms())
        {
            return "A job that agrees upon a mask adds sensitivity maps up, which are no differences and have their own bits. Leave the update terms out.";
        }

        if (update.Integers is not IntegerTerms integers)
        {
            return roundKeys is null || roundKeys.ValueEncoding == KeyAdditiveEncoding.FixedPoint ? null : "Round keys of exact integers need integer terms.";
        }

        return roundKeys is null ? "Integers travel under round keys, and a job in the direct mode has none."
            : terms.Weighting != Weighting.Clear || terms.MaxWeight != 1 ? "Sums of integers are exact for weights of 1: let weights be clear, and 1 the largest."
            : !terms.Mask.IsAll && update.Privacy?.PublicMask is null ? "Integers are all encrypted: choose a mask that encrypts every value."
            : terms.Precision is not null ? "Integers travel exactly: promise no transfer precision beside them."
            : roundKeys.ValueEncoding != KeyAdditiveEncoding.ExactIntegers || roundKeys.Scale != 1L << (IntegerUpdates.BitsOf(integers.Bound) - 1)
                ? "The round keys were planned for other integers."
            : null;
    }

    /// <summary>Returns why adapters are refused, or null: they are averaged under adapter terms only, with nothing beside them, and encrypted whole.</summary>
    private static string? CheckAdapters(AdapterTerms? adapters, AggregationTerms terms)
    {
        if (adapters is null)
        {
            return AdapterLayout.IsIn(terms.Layout)
                ? "The layout averages adapters (LoRA), whose halves do not average side by side. Describe the job with adapter terms, such as AdapterTerms.Alternating, or AdapterTerms.NaiveAveraging where they are no pairs."
                : null;
        }

        // Averages side by side need no pairs: convolutions, embeddings and magnitudes are averaged as well as they can be.
        bool needsPairs = adapters.Mode != AdapterMode.NaiveAveraging || !AdapterLayout.IsIn(terms.Layout);
        return needsPairs && !AdapterLayout.TryFind(terms.Layout, out _, out string? fault) ? fault
            : !AdapterLayout.IsAlone(terms.Layout) ? "A job of adapters averages nothing else. Make other tensors local, as in AdapterLayout.Of(layout).Layout."
            : !terms.Mask.IsAll && !adapters.InsecureAllowsClearValues
                ? "Adapters tell the text that they were trained on, so they are encrypted whole. Choose a mask that encrypts every value."
            : null;
    }

    /// <summary>Returns why the privacy terms are refused, or null.</summary>
    public static PrivacyRefusedException? CheckPrivacy(
        UpdateTerms update,
        AggregationTerms terms,
        FederationSettings settings,
        JobProtection protection,
        CommitteeTerms? committee,
        MaskTerms? maskTerms) => update.Privacy switch
        {
            null => null,
            _ when maskTerms is not null => new PrivacyRefusedException(PrivacyRefusal.MaskAgreement),
            { NoisedCount: null } when terms.Weighting != Weighting.Clear || terms.MaxWeight != 1 => new PrivacyRefusedException(PrivacyRefusal.WeightsNotOne),
            { NoisedCount: not null } when terms.Weighting != Weighting.Clear || terms.MaxWeight == 1 => new PrivacyRefusedException(PrivacyRefusal.NoisedCountNotWeight),

            // A mask without a public rule may have been chosen by private data, which no noise of an update covers.
            { PublicMask: PublicMaskTerms rule } when !rule.Selects(terms.Mask, terms.Layout) => new PrivacyRefusedException(PrivacyRefusal.OtherMask),
            { PublicMask: null } when !terms.Mask.IsAll => new PrivacyRefusedException(PrivacyRefusal.ValuesInClear),

            // Whatever leaves a client of local training carries all of the noise that is charged, in clear or not.
            { IsNoiseShared: false } => null,
            _ when protection != JobProtection.RoundKeys => new PrivacyRefusedException(PrivacyRefusal.NotUnderRoundKeys),
            { PublicMask: not null } when update.Integers!.Bound > IntegerUpdates.LargestClearBound => new PrivacyRefusedException(PrivacyRefusal.ClearOutOfRange),
            { Rotation: not null } when terms.Layout.ParameterCount > RotationTerms.LargestLength => new PrivacyRefusedException(PrivacyRefusal.RotationTooLong),
            { Rotation: not null } or { AdaptiveClip: not null } when committee?.Observer is not null => new PrivacyRefusedException(PrivacyRefusal.NotForObservers),
            PrivacyTerms privacy => CheckParties(privacy, settings, committee),
        };

    /// <summary>Returns why the privacy terms do not fit the roster, or null.</summary>
    /// <remarks>A sequence of correlated noise needs the same clients in every round, and with a larger roster a server could choose others.</remarks>
    public static PrivacyRefusedException? CheckRoster(UpdateTerms update, ClientRoster roster)
        => update.Privacy is { Correlation: not null } privacy && privacy.Contributors != roster.Clients.Count
            ? new PrivacyRefusedException(PrivacyRefusal.OtherRoster, roster.Clients.Count)
            : null;

    /// <summary>Compares the clients that the noise reckons with with those that the rest of the job permits.</summary>
    private static PrivacyRefusedException? CheckParties(PrivacyTerms privacy, FederationSettings settings, CommitteeTerms? committee)
    {
        int dropouts = settings.ClientsPerRound - Math.Min(settings.Quorum, settings.MinimumContributors);
        int dishonest = committee?.Corrupt ?? settings.ToleratedDishonest;
        return privacy switch
        {
            _ when settings.ClientsPerRound != privacy.Contributors => new PrivacyRefusedException(PrivacyRefusal.OtherContributors, settings.ClientsPerRound),
            _ when dropouts > privacy.Dropouts => new PrivacyRefusedException(PrivacyRefusal.QuorumTooSmall, dropouts),
            _ when privacy.Colluders > committee?.Corrupt => new PrivacyRefusedException(PrivacyRefusal.TooManyColluders, committee.Corrupt),
            _ when privacy.Colluders < dishonest => new PrivacyRefusedException(PrivacyRefusal.TooFewColluders, dishonest),
            _ => null,
        };
    }
}
