using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Privacy;

/// <summary>
/// A training ledger counts the trainings of one client, each of which draws noise of its own. What was trained once and is encrypted again for another
/// attempt costs nothing more.
/// </summary>
/// <remarks>
/// Clients count differently, because they train at different times. A client that begins without a state although rounds were opened already cannot know
/// how often it trained for them in an earlier life: it is charged for one training in each. A client whose state is older than its last training is
/// charged for one training in each round whose list names it; in the direct mode there are no lists, and nobody can tell. Where counts of records are noised, the
/// count is charged from the beginning, and a second one to a client that has not trained and begins late, or is on a list: it may have told another count in an earlier life. Of third lives, and
/// of counts that were announced and are on no list, nobody can know.
/// </remarks>
internal sealed class TrainingLedger : PrivacyLedger
{
    public TrainingLedger(FederationJob job)
        : base(job)
    {
        if (HasNoisedCount)
        {
            SetLast(NoisedCounts(1));
        }
    }

    // The rounds of a client that began late may be after its model, which it catches up with.
    protected override bool IsPlausible => Charges.Zip(Charges.Skip(1)).All(pair => pair.First.Round < pair.Second.Round)
        && Charges is [{ IsNoisedCount: true }, ..] == HasNoisedCount;

    private bool HasNoisedCount => Job.Update.Privacy!.NoisedCount is not null;

    public override void BeginTraining(int round) => SetLast(Next(round));

    public override IReadOnlyList<PrivacyCharge> With(int round, int attempt) => Charges;

    public override IReadOnlyList<PrivacyCharge> After(int round, int attempt, bool trains) => !trains ? Charges
        : Charges is [.., PrivacyCharge last] && last.Round == round ? [.. Charges.SkipLast(1), Next(round)]
        : [.. Charges, Next(round)];

    public override void Open(AggregateMessage message, ClientId client, UploadSlot? uploaded, int latestRound)
    {
        // A client that was there in the first round learns of no sum before its own.
        bool hasNotTrained = Charges.All(charge => charge.IsNoisedCount);
        bool beginsLate = Round == 0 && hasNotTrained && latestRound >= message.Round;
        bool isUnknown = IsUnknown(message, client);
        if (HasNoisedCount && hasNotTrained && (beginsLate || isUnknown))
        {
            SetLast(NoisedCounts(2));
        }

        int first = beginsLate ? 1 : message.Round;
        int last = beginsLate ? latestRound : isUnknown ? message.Round : first - 1;
        Add([.. Enumerable.Range(first, last - first + 1).Select(round => new PrivacyCharge(round, Contributors: 1, Count: 1))], message.Round);
    }

    protected override PrivacyCharge ReadCharge(ref WireReader reader)
    {
        int round = reader.ReadInt32(0, Job.Settings.Rounds);
        return new PrivacyCharge(round, reader.ReadInt32(1, 1), reader.ReadInt32(1, LargestCount));
    }

    /// <summary>Tells whether a list names a client that did not count a training for its round.</summary>
    private bool IsUnknown(AggregateMessage message, ClientId client)
        => !(Charges is [.., PrivacyCharge last] && last.Round >= message.Round)
            && VerifiableAggregate.TryRead(message.Aggregate)?.List.Contributors.Any(one => one.Client == client) == true;

    private static PrivacyCharge NoisedCounts(int count) => new(Round: 0, Contributors: 1, count);

    private PrivacyCharge Next(int round)
        => new(round, Contributors: 1, Charges is [.., PrivacyCharge last] && last.Round == round ? last.Count + 1 : 1);
}
