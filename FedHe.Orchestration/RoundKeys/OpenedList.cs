using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>An opened list is the list whose sum a client decrypted last, whether it took the average or refused it.</summary>
/// <param name="Round">The round of the list; 0 before the first one.</param>
/// <param name="Attempt">The attempt of the list.</param>
/// <param name="Digest">The digest of the chain up to the list.</param>
/// <remarks>
/// The sums of two lists of one attempt differ by single uploads, and a later attempt may hold the same models as an earlier one
/// that nobody opened. A client therefore opens one list of an attempt, and never goes back to an earlier attempt.
/// </remarks>
internal readonly record struct OpenedList(int Round, int Attempt, Digest Digest)
{
    public static OpenedList Of(ContributorList list) => new(list.Round, list.AttemptNumber, list.Chain);

    /// <summary>Tells whether a client that opened this list may open another one.</summary>
    public bool Allows(ContributorList list)
        => list.Round > Round || (list.Round == Round && (list.AttemptNumber > Attempt || list.Chain == Digest));

    public void Write(WireWriter writer)
    {
        writer.WriteInt32(Round);
        writer.WriteInt32(Attempt);
        writer.WriteDigest(Digest);
    }

    public static OpenedList Read(ref WireReader reader)
        => new(reader.ReadInt32(0, int.MaxValue), reader.ReadInt32(0, int.MaxValue), reader.ReadDigest());
}
