using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Messages;

/// <summary>
/// "Train for this round, starting from the aggregate of that one." The aggregate itself does not travel here: a client
/// that has it is spared the bytes, and one that missed it asks.
/// </summary>
/// <param name="JobId">The job.</param>
/// <param name="Client">Whom the server invites.</param>
/// <param name="Round">The round, from 1.</param>
/// <param name="Attempt">The attempt at the round, from 1.</param>
/// <param name="BaseRound">The round whose aggregate is the starting point; 0 is the initial model.</param>
/// <param name="BaseDigest">Digest of that aggregate's bytes, or of the initial model.</param>
/// <param name="Task">How to train.</param>
internal sealed record Invitation(
    Guid JobId, ClientId Client, int Round, int Attempt, int BaseRound, Digest BaseDigest, TrainingTask Task)
    : FederationMessage(JobId)
{
    public override MessageKind Kind => MessageKind.Invitation;

    public static Invitation ReadBody(ref WireReader reader, Guid jobId)
    {
        ClientId client = reader.ReadClientId();
        int round = reader.ReadRound();
        int attempt = reader.ReadAttempt();
        int baseRound = reader.ReadInt32(0, Math.Max(0, round - 1));
        Digest baseDigest = reader.ReadDigest();
        TrainingSettings training = TrainingSettings.Read(ref reader);
        long weightLimit = reader.ReadInt64(1, long.MaxValue);
        return new Invitation(jobId, client, round, attempt, baseRound, baseDigest, new TrainingTask(round, training, weightLimit));
    }

    public override void WriteBody(WireWriter writer)
    {
        writer.WriteClientId(Client);
        writer.WriteInt32(Round);
        writer.WriteInt32(Attempt);
        writer.WriteInt32(BaseRound);
        writer.WriteDigest(BaseDigest);
        Task.Training.Write(writer);
        writer.WriteInt64(Task.WeightLimit);
    }
}
