using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Privacy;

/// <summary>
/// A sequence ledger counts sequences of correlated noise, and the sums beside them that were opened or may have been. Like a <see cref="SumLedger"/> it follows from the
/// chain of lists alone.
/// </summary>
internal sealed class SequenceLedger(FederationJob job) : PrivacyLedger(job)
{
    /// <summary>Where the sequences are behind the client's model.</summary>
    public NoiseSequences Sequences { get; private set; } = new(job);

    protected override bool IsPlausible => Charges.Zip(Charges.Skip(1)).All(pair => pair.First.Round <= pair.Second.Round)
        && (Sequences.Begin == 0 || Charges.Any(charge => charge.IsSequence && charge.Round == Sequences.Begin));

    public override IReadOnlyList<PrivacyCharge> With(int round, int attempt)
        => round <= Round ? Charges : [.. Charges, .. Sequences.After(round, attempt)];

    public override IReadOnlyList<PrivacyCharge> After(int round, int attempt, bool trains) => With(round, attempt);

    public override void Open(AggregateMessage message, ClientId client, UploadSlot? uploaded, int latestRound)
        => Add(VerifiableAggregate.TryRead(message.Aggregate)!.List, uploaded);

    /// <summary>Counts the sum of a list that the client opened, and what may have been opened since the sum before it.</summary>
    /// <param name="list">The list.</param>
    /// <param name="uploaded">The slot of the client's latest upload, or null.</param>
    public void Add(ContributorList list, UploadSlot? uploaded)
    {
        int lastAttempt = uploaded?.Round == list.Round ? uploaded.Attempt : 0;
        Add(Sequences.Add(list.Round, list.AttemptNumber, list.Contributors.Length, lastAttempt), list.Round);
    }

    protected override void WriteCharge(WireWriter writer, PrivacyCharge charge)
    {
        base.WriteCharge(writer, charge);
        writer.WriteByte((byte)(charge.IsSequence ? 1 : 0));
    }

    protected override PrivacyCharge ReadCharge(ref WireReader reader)
    {
        int round = reader.ReadInt32(1, Math.Max(1, Round));
        int contributors = reader.ReadInt32(1, Job.Settings.ClientsPerRound);
        int count = reader.ReadInt32(1, Job.Settings.MaxAttempts);
        return new PrivacyCharge(round, contributors, count) { IsSequence = reader.ReadFlag() };
    }

    protected override void WriteEnd(WireWriter writer) => writer.WriteInt32(Sequences.Begin);

    protected override void ReadEnd(ref WireReader reader)
    {
        int begin = reader.ReadInt32(0, Round);
        reader.Require(begin == 0 || Round - begin < Job.Update.Privacy!.Correlation!.Rounds, FormatError.Inconsistent);
        Sequences = new NoiseSequences(Job, Round, reader.Failed ? 0 : begin);
    }
}
