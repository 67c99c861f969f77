using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Privacy;

/// <summary>
/// A sum ledger counts the sums of a job that were opened or may have been. It follows from the chain of lists alone, so that all clients with
/// one chain count the same, also those that were away.
/// </summary>
/// <remarks>
/// <para>
/// Without a committee, every attempt up to the one that the list names may have been opened by somebody: each is charged, with the smallest
/// number of contributors that the job allows where the list is not known. A client that uploaded for a later attempt than the list's, which an
/// honest server never asks for, counts that attempt and those before it too. With a committee one list of a round is answered for, ever: each
/// round is charged once, also a round that was given up and left no list. Where a mask leaves values in clear, each upload shows its own, opened or not: every
/// attempt is charged with a committee too, and a round without a list for all attempts that it may have had.
/// </para>
/// A client noises its difference anew for every attempt, and never for one that it uploaded for, so that each charge pays for noise of its own.
/// </remarks>
internal sealed class SumLedger(FederationJob job) : PrivacyLedger(job)
{
    // No round is without a charge.
    protected override bool IsPlausible => Charges.Select(charge => charge.Round).Distinct().SequenceEqual(Enumerable.Range(1, Round));

    public override IReadOnlyList<PrivacyCharge> With(int round, int attempt)
        => round <= Round ? Charges : [.. Charges, .. Between(round, ReleasesOf(attempt))];

    public override IReadOnlyList<PrivacyCharge> After(int round, int attempt, bool trains) => With(round, attempt);

    public override void Open(AggregateMessage message, ClientId client, UploadSlot? uploaded, int latestRound)
        => Add(VerifiableAggregate.TryRead(message.Aggregate)!.List, uploaded);

    /// <summary>Counts the sum of a list that the client opened, and what may have been opened since the sum before it.</summary>
    /// <param name="list">The list.</param>
    /// <param name="uploaded">The slot of the client's latest upload, or null.</param>
    public void Add(ContributorList list, UploadSlot? uploaded)
    {
        // A client that has uploaded for a later round already may have shown itself in every attempt at this one.
        int attempts = uploaded is null || uploaded.Round < list.Round ? list.AttemptNumber
            : uploaded.Round == list.Round ? Math.Max(list.AttemptNumber, uploaded.Attempt)
            : Job.Settings.MaxAttempts;
        var opened = new PrivacyCharge(list.Round, list.Contributors.Length, Count: 1);
        Add([.. Between(list.Round, ReleasesOf(attempts) - 1), opened], list.Round);
    }

    protected override PrivacyCharge ReadCharge(ref WireReader reader)
    {
        int round = reader.ReadInt32(1, Math.Max(1, Round));
        int contributors = reader.ReadInt32(1, Job.Settings.ClientsPerRound);
        return new PrivacyCharge(round, contributors, reader.ReadInt32(1, Job.Settings.MaxAttempts));
    }

    private int ReleasesOf(int attempts) => Job.Update.Privacy!.ReleasesOf(attempts, Job.Committee);

    /// <summary>Returns the charges of rounds that nobody told the client of, and of attempts at the round after them.</summary>
    private IEnumerable<PrivacyCharge> Between(int round, int attempts)
    {
        int least = Job.Update.Privacy!.SmallestContributors;
        for (int given = Round + 1; given < round; given++)
        {
            yield return new PrivacyCharge(given, least, ReleasesOf(Job.Settings.MaxAttempts));
        }

        if (attempts > 0)
        {
            yield return new PrivacyCharge(round, least, attempts);
        }
    }
}
