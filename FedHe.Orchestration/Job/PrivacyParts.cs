using System.Globalization;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>The parts that privacy terms may have beside what all have, their bytes, and which of them go together.</summary>
internal static class PrivacyParts
{
    private const int RotationFlag = 1;
    private const int PublicMaskFlag = 2;
    private const int AdaptiveClipFlag = 4;
    private const int CorrelationFlag = 8;
    private const int NoisedCountFlag = 16;
    private const int AllFlags = RotationFlag | PublicMaskFlag | AdaptiveClipFlag | CorrelationFlag | NoisedCountFlag;

    // The adaptive clip moves by at most this many doublings or halvings, and the clip and the step must remain normal numbers throughout.
    private const int LargestDoublings = 40;

    public static bool HasAny(PrivacyTerms terms) => FlagsOf(terms) != 0;

    /// <summary>Returns why the parts do not go together, or not with the integers, or null.</summary>
    public static PrivacyRefusal? Check(PrivacyTerms terms, IntegerTerms? integers) => terms switch
    {
        { NoisedCount: not null } when terms.Form != RecordProtection.LocalDpSgd => PrivacyRefusal.NoisedCountNotLocal,
        _ when (FlagsOf(terms) & ~FlagsFor(terms.Form)) != 0 => PrivacyRefusal.PartForClientsOnly,
        { Correlation: not null } when FlagsOf(terms) != CorrelationFlag => PrivacyRefusal.PartBesideCorrelation,
        { Rotation: not null, PublicMask: not null } => PrivacyRefusal.RotationUnderMask,
        { AdaptiveClip: AdaptiveClipTerms clip } when clip.BitVariance < terms.SmallestContributors - terms.Colluders => PrivacyRefusal.AdaptiveClipOutOfRange,
        { AdaptiveClip: not null } when !StaysNormal(terms.Clip) || !StaysNormal(integers!.Step) => PrivacyRefusal.ClipOutOfRange,
        _ => null,
    };

    /// <summary>Says what the parts do, as the end of a sentence.</summary>
    public static string Describe(PrivacyTerms terms)
        => (terms.AdaptiveClip is not AdaptiveClipTerms clip ? "" : string.Create(
                CultureInfo.InvariantCulture, $" in the first round and then at a norm that {clip.Quantile} of the clients should keep"))
            + (terms.Rotation is null ? "" : ", rotated before rounding")
            + (terms.PublicMask is null ? "" : $", in clear with the whole noise of each client beyond the mask {terms.PublicMask.Policy}")
            + (terms.NoisedCount is not NoisedCountTerms count ? "" : string.Create(
                CultureInfo.InvariantCulture, $", weighed by its number of records with noise of variance {count.Variance}"));

    /// <summary>Writes the parts of terms that have any.</summary>
    public static void Write(PrivacyTerms terms, WireWriter writer)
    {
        writer.WriteByte((byte)FlagsOf(terms));
        terms.Rotation?.Write(writer);
        terms.PublicMask?.Write(writer);
        terms.AdaptiveClip?.Write(writer);
        terms.Correlation?.Write(writer);
        terms.NoisedCount?.Write(writer);
    }

    /// <summary>Reads the parts of terms that have any.</summary>
    public static PrivacyTerms Read(PrivacyTerms terms, ref WireReader reader)
    {
        int flags = reader.ReadByte();
        reader.Require(flags is > 0 and <= AllFlags, FormatError.FieldOutOfRange);
        return terms with
        {
            Rotation = Has(flags, RotationFlag) ? RotationTerms.Read(ref reader) : null,
            PublicMask = Has(flags, PublicMaskFlag) ? PublicMaskTerms.Read(ref reader) : null,
            AdaptiveClip = Has(flags, AdaptiveClipFlag) ? AdaptiveClipTerms.Read(ref reader) : null,
            Correlation = Has(flags, CorrelationFlag) ? CorrelationTerms.Read(ref reader) : null,
            NoisedCount = Has(flags, NoisedCountFlag) ? NoisedCountTerms.Read(ref reader) : null,
        };
    }

    /// <summary>Returns the parts that terms of a form may have. Correlated noise in local training has a refusal of its own.</summary>
    private static int FlagsFor(RecordProtection? form) => form switch
    {
        null => RotationFlag | PublicMaskFlag | AdaptiveClipFlag | CorrelationFlag,
        RecordProtection.DistributedGradient => CorrelationFlag,
        _ => PublicMaskFlag | CorrelationFlag | NoisedCountFlag,
    };

    private static bool Has(int flags, int flag) => (flags & flag) != 0;

    private static int FlagsOf(PrivacyTerms terms)
        => (terms.Rotation is null ? 0 : RotationFlag)
            | (terms.PublicMask is null ? 0 : PublicMaskFlag)
            | (terms.AdaptiveClip is null ? 0 : AdaptiveClipFlag)
            | (terms.Correlation is null ? 0 : CorrelationFlag)
            | (terms.NoisedCount is null ? 0 : NoisedCountFlag);

    private static bool StaysNormal(double value)
        => double.IsNormal(Math.ScaleB(value, LargestDoublings)) && double.IsNormal(Math.ScaleB(value, -LargestDoublings));
}
