using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.RoundKeys.Inspections;

/// <summary>
/// A void attempt is the latest one whose sum a client refused because of a wrong tag. It is the only one that the client shows
/// anything of.
/// </summary>
/// <param name="Round">The round.</param>
/// <param name="Attempt">The attempt at the round.</param>
/// <param name="Base">The digest of the chain up to the round before.</param>
/// <param name="List">The digest of the list that the client refused.</param>
/// <param name="Part">The part whose tag was wrong.</param>
/// <param name="WithValues">Whether the sum of the values came along.</param>
internal sealed record VoidAttempt(int Round, int Attempt, Digest Base, Digest List, InspectedPart Part, bool WithValues)
{
    /// <summary>
    /// Whether the part may be shown. Sums are taken over the integers, so a party that has every round key and the sum of the values
    /// learns where a single value exceeded the modulus. The client therefore shows its round key only if the sum of the values was
    /// held back.
    /// </summary>
    public bool MayBeShown => Part == InspectedPart.Values || !WithValues;

    public static void Write(WireWriter writer, VoidAttempt? attempt)
    {
        writer.WriteByte((byte)(attempt?.Part ?? InspectedPart.None));
        if (attempt is not null)
        {
            writer.WriteInt32(attempt.Round);
            writer.WriteInt32(attempt.Attempt);
            writer.WriteDigest(attempt.Base);
            writer.WriteDigest(attempt.List);
            writer.WriteByte((byte)(attempt.WithValues ? 1 : 0));
        }
    }

    public static VoidAttempt? Read(ref WireReader reader)
    {
        var part = (InspectedPart)reader.ReadByte();
        reader.Require(Enum.IsDefined(part), FormatError.FieldOutOfRange);
        if (part == InspectedPart.None || reader.Failed)
        {
            return null;
        }

        int round = reader.ReadInt32(1, int.MaxValue);
        int attempt = reader.ReadInt32(1, int.MaxValue);
        Digest @base = reader.ReadDigest();
        Digest list = reader.ReadDigest();
        return new VoidAttempt(round, attempt, @base, list, part, reader.ReadFlag());
    }
}
