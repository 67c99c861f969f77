using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Update terms say what an update of a job is: a model or a difference, real numbers or integers, with noise or without. They are part of
/// the job, so all parties know the same ones.
/// </summary>
public sealed record UpdateTerms
{
    /// <summary>Creates update terms.</summary>
    /// <param name="kind">What clients encrypt.</param>
    /// <param name="integers">The step and the bound of integers, or null for real numbers.</param>
    /// <param name="privacy">What is promised by differential privacy, or null for nothing. It needs differences, and integers where noise is shared.</param>
    /// <exception cref="ArgumentOutOfRangeException">The kind is not defined.</exception>
    /// <exception cref="PrivacyRefusedException">Privacy is claimed for updates that are no differences, or noise is shared by updates that are no integers.</exception>
    public UpdateTerms(UpdateKind kind = UpdateKind.Model, IntegerTerms? integers = null, PrivacyTerms? privacy = null)
    {
        Kind = Enum.IsDefined(kind) ? kind : throw Throw.UndefinedChoice(nameof(kind));
        Integers = integers;
        Privacy = privacy;
        if (CheckPrivacy(kind, integers, privacy) is PrivacyRefusal refusal)
        {
            throw new PrivacyRefusedException(refusal);
        }
    }

    /// <summary>What clients encrypt.</summary>
    public UpdateKind Kind { get; }

    /// <summary>The step and the bound of integers, or null for real numbers.</summary>
    public IntegerTerms? Integers { get; }

    /// <summary>What is promised by differential privacy, or null for nothing.</summary>
    public PrivacyTerms? Privacy { get; }

    internal void Write(WireWriter writer)
    {
        writer.WriteByte((byte)Kind);
        IntegerTerms.Write(Integers, writer);
        PrivacyTerms.Write(Privacy, writer);
    }

    internal static UpdateTerms? Read(ref WireReader reader)
    {
        var kind = (UpdateKind)reader.ReadByte();
        reader.Require(Enum.IsDefined(kind), FormatError.FieldOutOfRange);
        IntegerTerms? integers = IntegerTerms.Read(ref reader);
        PrivacyTerms? privacy = PrivacyTerms.Read(ref reader);
        reader.Require(CheckPrivacy(kind, integers, privacy) is null, FormatError.Inconsistent);
        return reader.Failed ? null : new UpdateTerms(kind, integers, privacy);
    }

    private static PrivacyRefusal? CheckPrivacy(UpdateKind kind, IntegerTerms? integers, PrivacyTerms? privacy) => privacy switch
    {
        null => null,
        _ when kind != UpdateKind.Difference => PrivacyRefusal.NotDifferences,
        _ when integers is null && privacy.IsNoiseShared => PrivacyRefusal.NotIntegers,
        _ => PrivacyParts.Check(privacy, integers),
    };
}
