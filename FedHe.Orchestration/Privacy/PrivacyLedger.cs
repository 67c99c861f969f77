using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Privacy;

/// <summary>
/// A privacy ledger counts the sums of a job that were opened or may have been. It follows from the chain of lists alone, so that all clients with
/// one chain count the same, also those that were away.
/// </summary>
/// <remarks>
/// <para>
/// Without a committee, every attempt up to the one that the list names may have been opened by somebody: each is charged, with the smallest
/// number of contributors that the job allows where the list is not known. A client that uploaded for a later attempt than the list's, which an
/// honest server never asks for, counts that attempt and those before it too. With a committee one list of a round is answered for, ever: each
/// round is charged once, also a round that was given up and left no list.
/// </para>
/// A client noises its difference anew for every attempt, and never for one that it uploaded for, so that each charge pays for noise of its own.
/// </remarks>
internal sealed class PrivacyLedger(FederationJob job)
{
    private const int LargestCount = 1_000_000;

    private readonly List<PrivacyCharge> _charges = [];
    private int _round;

    /// <summary>The charges of all rounds up to the client's model.</summary>
    public IReadOnlyList<PrivacyCharge> Charges => _charges;

    /// <summary>Counts the sum of a list that the client opened, and what may have been opened since the sum before it.</summary>
    /// <param name="list">The list.</param>
    /// <param name="uploaded">The slot of the client's latest upload, or null.</param>
    public void Add(ContributorList list, UploadSlot? uploaded)
    {
        int attempts = uploaded?.Round == list.Round ? Math.Max(list.AttemptNumber, uploaded.Attempt) : list.AttemptNumber;
        _charges.AddRange(Between(_round, list.Round, job.Committee is null ? attempts - 1 : 0));
        _charges.Add(new PrivacyCharge(list.Round, list.Contributors.Length, Count: 1));
        _round = list.Round;
    }

    /// <summary>Returns all charges so far, and the charges of a round in progress up to an attempt.</summary>
    public IReadOnlyList<PrivacyCharge> With(int round, int attempt)
        => round <= _round ? _charges : [.. _charges, .. Between(_round, round, job.Committee is null ? attempt : 1)];

    public void Write(WireWriter writer)
    {
        writer.WriteInt32(_charges.Count);
        foreach (PrivacyCharge charge in _charges)
        {
            writer.WriteInt32(charge.Round);
            writer.WriteInt32(charge.Contributors);
            writer.WriteInt32(charge.Count);
        }
    }

    /// <summary>Reads the ledger of a client whose model is of a round.</summary>
    public static PrivacyLedger Read(ref WireReader reader, FederationJob job, int modelRound)
    {
        var ledger = new PrivacyLedger(job) { _round = modelRound };
        for (int count = reader.ReadInt32(0, LargestCount); count > 0 && !reader.Failed; count--)
        {
            int round = reader.ReadInt32(1, Math.Max(1, modelRound));
            int contributors = reader.ReadInt32(1, job.Settings.ClientsPerRound);
            ledger._charges.Add(new PrivacyCharge(round, contributors, reader.ReadInt32(1, job.Settings.MaxAttempts)));
        }

        // No round is without a charge.
        reader.Require(
            reader.Failed || ledger._charges.Select(charge => charge.Round).Distinct().SequenceEqual(Enumerable.Range(1, modelRound)), FormatError.Inconsistent);
        return ledger;
    }

    private IEnumerable<PrivacyCharge> Between(int before, int round, int attempts)
    {
        int least = job.Update.Privacy!.SmallestContributors;
        for (int given = before + 1; given < round; given++)
        {
            yield return new PrivacyCharge(given, least, Count: 1);
        }

        if (attempts > 0)
        {
            yield return new PrivacyCharge(round, least, attempts);
        }
    }
}
