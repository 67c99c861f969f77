using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Privacy;

/// <summary>A privacy ledger counts what a client's job has released or may have released.</summary>
internal abstract class PrivacyLedger(FederationJob job)
{
    // A failing trainer may be started more often than there are attempts.
    protected const int LargestCount = 1_000_000;

    private readonly List<PrivacyCharge> _charges = [];

    /// <summary>The charges of all rounds up to the client's model and, in local training, of the round in progress.</summary>
    public IReadOnlyList<PrivacyCharge> Charges => _charges;

    protected FederationJob Job => job;

    /// <summary>The round of the client's model.</summary>
    protected int Round { get; private set; }

    /// <summary>Creates the empty ledger of a job with privacy terms.</summary>
    public static PrivacyLedger Of(FederationJob job) => job.Update.Privacy switch
    {
        { Correlation: not null } => new SequenceLedger(job),
        { IsNoiseShared: true } => new SumLedger(job),
        _ => new TrainingLedger(job),
    };

    /// <summary>Counts what a client that opened a sum knows from it.</summary>
    /// <param name="message">The message with the sum, which was verified.</param>
    /// <param name="client">The client.</param>
    /// <param name="uploaded">The slot of the client's latest upload, or null.</param>
    /// <param name="latestRound">The last round that has a sum, as far as the client knew before the message came.</param>
    public abstract void Open(AggregateMessage message, ClientId client, UploadSlot? uploaded, int latestRound);

    /// <summary>Counts a training that begins. It stays counted, also where it fails or is overtaken.</summary>
    public virtual void BeginTraining(int round)
    {
    }

    /// <summary>Returns all charges so far, and the charges of a round in progress up to an attempt.</summary>
    public abstract IReadOnlyList<PrivacyCharge> With(int round, int attempt);

    /// <summary>Returns all charges once the client has taken part in an attempt.</summary>
    /// <param name="round">The round.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="trains">Whether the client has to train for it, and has no result that it kept.</param>
    public abstract IReadOnlyList<PrivacyCharge> After(int round, int attempt, bool trains);

    public void Write(WireWriter writer)
    {
        writer.WriteInt32(_charges.Count);
        foreach (PrivacyCharge charge in _charges)
        {
            WriteCharge(writer, charge);
        }

        WriteEnd(writer);
    }

    /// <summary>Reads the ledger of a client whose model is of a round.</summary>
    public static PrivacyLedger Read(ref WireReader reader, FederationJob job, int modelRound)
    {
        PrivacyLedger ledger = Of(job);
        ledger.Round = modelRound;
        ledger._charges.Clear();
        for (int count = reader.ReadInt32(0, LargestCount); count > 0 && !reader.Failed; count--)
        {
            ledger._charges.Add(ledger.ReadCharge(ref reader));
        }

        ledger.ReadEnd(ref reader);
        reader.Require(reader.Failed || ledger.IsPlausible, FormatError.Inconsistent);
        return ledger;
    }

    /// <summary>Whether the rounds of the charges are those that a ledger of this kind has.</summary>
    protected abstract bool IsPlausible { get; }

    protected abstract PrivacyCharge ReadCharge(ref WireReader reader);

    protected virtual void WriteCharge(WireWriter writer, PrivacyCharge charge)
    {
        writer.WriteInt32(charge.Round);
        writer.WriteInt32(charge.Contributors);
        writer.WriteInt32(charge.Count);
    }

    /// <summary>Writes what a ledger of this kind has beside its charges.</summary>
    protected virtual void WriteEnd(WireWriter writer)
    {
    }

    protected virtual void ReadEnd(ref WireReader reader)
    {
    }

    /// <summary>Adds charges, and goes on to a round.</summary>
    protected void Add(IReadOnlyCollection<PrivacyCharge> charges, int round)
    {
        _charges.AddRange(charges);
        Round = round;
    }

    /// <summary>Puts a charge in the place of the last one where both are of one round, and otherwise behind it.</summary>
    protected void SetLast(PrivacyCharge charge)
    {
        if (_charges.Count > 0 && _charges[^1].Round == charge.Round)
        {
            _charges[^1] = charge;
        }
        else
        {
            _charges.Add(charge);
        }
    }
}
