using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>The parts that privacy terms may have beside what all have, their bytes, and which of them go together.</summary>
internal static class PrivacyParts
{
    private const byte RotationFlag = 1;
    private const byte AllFlags = RotationFlag;

    public static bool HasAny(PrivacyTerms terms) => FlagsOf(terms) != 0;

    /// <summary>Returns why the parts do not go together, or null.</summary>
    public static PrivacyRefusal? Check(PrivacyTerms terms) => terms switch
    {
        _ when HasAny(terms) && terms.Form is not null => PrivacyRefusal.PartForClientsOnly,
        _ => null,
    };

    /// <summary>Says what the parts do, as the end of a sentence.</summary>
    public static string Describe(PrivacyTerms terms) => terms.Rotation is null ? "" : ", rotated before rounding";

    /// <summary>Writes the parts of terms that have any.</summary>
    public static void Write(PrivacyTerms terms, WireWriter writer)
    {
        writer.WriteByte(FlagsOf(terms));
        terms.Rotation?.Write(writer);
    }

    /// <summary>Reads the parts of terms that have any.</summary>
    public static PrivacyTerms Read(PrivacyTerms terms, ref WireReader reader)
    {
        byte flags = reader.ReadByte();
        reader.Require(flags is > 0 and <= AllFlags, FormatError.FieldOutOfRange);
        return terms with { Rotation = Has(flags, RotationFlag) ? RotationTerms.Read(ref reader) : null };
    }

    private static bool Has(byte flags, byte flag) => (flags & flag) != 0;

    private static byte FlagsOf(PrivacyTerms terms) => terms.Rotation is null ? (byte)0 : RotationFlag;
}
