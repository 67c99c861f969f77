namespace FedHe.Orchestration.Job;

/// <summary>
/// A record part says which records of a client take part in a round: those whose place, counted from 0, leaves the remainder <paramref name="Index"/> on division by
/// <paramref name="Count"/>.
/// </summary>
/// <remarks>
/// The place of a record must not depend on other records. Where a record is withdrawn, its place stays empty, and no other record moves up: otherwise one withdrawal
/// would change the rounds of all records behind it, which no noise covers.
/// </remarks>
/// <param name="Index">The part of the round, from 0 to below the number of parts.</param>
/// <param name="Count">The number of parts, which take turns.</param>
public readonly record struct RecordPart(int Index, int Count)
{
    /// <summary>Tells whether a record is in the part.</summary>
    /// <param name="place">The place of the record among the client's records, from 0.</param>
    public bool Holds(long place) => place % Count == Index;
}
