using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A thief gets the ledgers of as many members as open a sum, before or after a round, and a client in league with it contributes. It reads what was sealed to keys that
/// the ledgers have, so a client seals to keys of its own round alone, and members erase them with it; each attack works where its guard is taken out.
/// </summary>
public sealed class OneRoundKeyAttackTests
{
    private const int Round = 2;
    private const int Victim = 2;
    private const int Colluder = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task UploadToKeysOfAnotherRound_IsReadByTheThiefOfThatRound_WhereAClientTakesThem(int roundOfKeys)
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync(new CommitteeOptions { Clients = 4, Rounds = 3 });
        ImmutableArray<RelayedMemberKey> keys = default;
        BoxKeyPair?[] stolen = [];
        for (int round = 1; round <= 3; round++)
        {
            ImmutableArray<RelayedMemberKey> made = await lab.RequestKeysAsync(round);
            (keys, stolen) = round == roundOfKeys ? (made, KeyThief.KeysOf(lab)) : (keys, stolen);
        }

        // The guard: a client takes keys of the round alone.
        (await lab.SendAsync(Victim, lab.InvitationOf(Victim, Round, 1, keys))).Ignored.Should().Be(IgnoredReason.BadMemberKeys);

        ModelParameters model = TestModel.Create(seed: 3);
        LabAttempt careless = AttemptOf(lab, keys, (Victim, model), (Colluder, TestModel.Create(seed: 4)));
        Opening recorded = lab.Sum(careless);
        StolenSum sum = KeyThief.TryOpen(lab, recorded, stolen)!;
        sum.Less(TestModel.Create(seed: 4), FactorOf(recorded, Colluder)).Is(model, FactorOf(recorded, Victim)).Should().BeTrue("without the guard the attack works");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RecordedUploads_AreReadByAThief_OnlyBeforeMembersEraseTheKeysOfTheirRound(bool isOver)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = 4 });
        using (lab)
        {
            Opening recorded = lab.Sum(attempt, Victim, Colluder);
            if (isOver)
            {
                await lab.CompleteAsync(lab.Sum(attempt));
            }

            StolenSum? sum = KeyThief.TryOpen(lab, recorded, KeyThief.KeysOf(lab));

            (sum is null).Should().Be(isOver);
            sum?.Less(ResultOf(lab, Colluder), FactorOf(recorded, Colluder)).Is(ResultOf(lab, Victim), FactorOf(recorded, Victim)).Should().BeTrue();
        }
    }

    /// <summary>Encrypts as a client does that takes whatever keys it gets.</summary>
    private static LabAttempt AttemptOf(CommitteeLab lab, ImmutableArray<RelayedMemberKey> relayed, params (int Client, ModelParameters Model)[] uploads)
    {
        ImmutableArray<BoxPublicKey> keys = [.. relayed.Select(key =>
        {
            BoxPublicKey.TryRead(KeyExchange.P256, key.Key.Span, out BoxPublicKey? read).Should().BeTrue();
            return read!;
        })];
        var attempt = Attempt.Of(lab.Bench.Job, Round, 1, lab.InvitationOf(0, Round, 1, relayed).ReferenceWeight, lab.Bench.Job.StartDigest);
        var made = new SortedDictionary<int, LabUpload>();
        foreach ((int client, ModelParameters model) in uploads)
        {
            var protector = new UploadProtector(lab.Protocol, new KeyAdditiveContext(lab.Bench.Parameters, lab.Protocol.Options), lab.Bench.Keys[client].TagKey, BoundPolicy.Refuse);
            var slot = new UploadSlot(lab.Bench.Job.JobId, Round, 1, lab.Bench.Name(client));
            var bytes = new ArrayBufferWriter<byte>();
            protector.Protect(
                attempt, model, lab.Bench.Trainers[client].SampleCount, slot, new SharedKeyProtector(lab.Sharing, lab.Bench.Committee, relayed, keys, lab.Bench.Identities[client]), bytes);
            made.Add(client, new LabUpload(lab.Bench.Name(client), new Upload(slot, bytes.WrittenMemory), ProtectedUpdate.TryRead(bytes.WrittenMemory)!));
        }

        return new LabAttempt(attempt, relayed, made);
    }

    private static double FactorOf(Opening opening, int client)
        => StolenSum.FactorOf(opening.List.Contributors.Single(one => one.Client == new ClientId($"c{client + 1:00}")), opening.List);

    private static ModelParameters ResultOf(CommitteeLab lab, int client) => lab.Bench.Trainers[client].Results[0].Result.Parameters;
}
