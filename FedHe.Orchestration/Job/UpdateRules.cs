using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>The update rules decide whether update terms fit the rest of a job.</summary>
internal static class UpdateRules
{
    /// <summary>Returns what is wrong, or null.</summary>
    public static string? Check(UpdateTerms update, AggregationTerms terms, KeyAdditiveParameters? roundKeys, MaskTerms? maskTerms)
    {
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
            : !terms.Mask.IsAll ? "Integers are all encrypted: choose a mask that encrypts every value."
            : terms.Precision is not null ? "Integers travel exactly: promise no transfer precision beside them."
            : roundKeys.ValueEncoding != KeyAdditiveEncoding.ExactIntegers || roundKeys.Scale != 1L << (IntegerUpdates.BitsOf(integers.Bound) - 1)
                ? "The round keys were planned for other integers."
            : null;
    }

    /// <summary>Returns why the privacy terms are refused, or null.</summary>
    public static PrivacyRefusal? CheckPrivacy(
        UpdateTerms update,
        AggregationTerms terms,
        FederationSettings settings,
        JobProtection protection,
        CommitteeTerms? committee,
        MaskTerms? maskTerms) => update.Privacy switch
        {
            null => null,
            _ when maskTerms is not null => PrivacyRefusal.MaskAgreement,
            _ when protection != JobProtection.RoundKeys => PrivacyRefusal.NotUnderRoundKeys,
            _ when terms.Weighting != Weighting.Clear || terms.MaxWeight != 1 => PrivacyRefusal.WeightsNotOne,
            _ when !terms.Mask.IsAll => PrivacyRefusal.ValuesInClear,
            PrivacyTerms privacy when settings.ClientsPerRound != privacy.Contributors => PrivacyRefusal.OtherContributors,
            PrivacyTerms privacy when Math.Min(settings.Quorum, settings.MinimumContributors) < privacy.SmallestContributors => PrivacyRefusal.QuorumTooSmall,
            PrivacyTerms privacy when committee is not null && privacy.Colluders > committee.Corrupt => PrivacyRefusal.TooManyColluders,
            _ => null,
        };
}
