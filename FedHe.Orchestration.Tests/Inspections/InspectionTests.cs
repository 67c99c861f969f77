using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.RoundKeys.Inspections;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.RoundKeys;
using FedHe.Orchestration.Tests.Support;
using FedHe.TestKit.Hostile;

namespace FedHe.Orchestration.Tests.Inspections;

/// <summary>The clients and the server find out whose tags made an attempt void, exclude that client, and finish the job.</summary>
public sealed class InspectionTests
{
    private static readonly ClientId Bad = new("c4");
    private static readonly BenchOptions WithClearLayer = new() { Scheme = "ckks", Mask = EncryptionMask.Layers(TestModel.Layout, "output") };

    [Theory]
    [InlineData("ckks", SpoiledTag.Clear, ExclusionReason.WrongValueTags, 2)]
    [InlineData("ckks", SpoiledTag.Segment, ExclusionReason.WrongValueTags, 2)]
    [InlineData("ckks", SpoiledTag.Outer, ExclusionReason.WrongKeyTags, 3)]
    [InlineData("ckks", SpoiledTag.Key, ExclusionReason.WrongKeyTags, 3)]
    [InlineData("paillier", SpoiledTag.Key, ExclusionReason.WrongKeyTags, 3)]
    public async Task Client_ThatSpoilsEveryAttempt_IsNamedAndTheOthersFinish(string scheme, SpoiledTag tag, ExclusionReason reason, int attempts)
    {
        using Courier courier = await Courier.CreateAsync(WithClearLayer with { Scheme = scheme });
        courier.Spoil(3, tag);

        await courier.RunAsync();

        FederationServer server = courier.Bench.Server;
        server.Outcome.Should().Be(FederationOutcome.Completed);
        server.ExcludedClients.Should().ContainSingle().Which.Should().Be(new KeyValuePair<ClientId, ExclusionReason>(Bad, reason));
        courier.Bench.Reports.Last(report => report.Round == 1).Attempt.Should().Be(attempts);
        courier.Bench.Reports[^1].Excluded.Should().Contain(Bad, reason);
        courier.Bench.Clients.Take(3).Should().OnlyContain(client => client.ModelRound == 2 && client.Outcome == FederationOutcome.Completed);
        courier.Bench.Clients.Take(3).Should().OnlyContain(client => client.Release == ModelRelease.MayBePublished, "three of four confirm");
        RoundKeyFederationTests.CheckAverage(courier.Bench, 2, [0, 1, 2], Weighting.Clear);
        courier.Bench.Trainers[0].Results.Select(result => (result.Task.Round, result.Task.Attempt)).Should().Equal(
            [.. Enumerable.Range(1, attempts).Select(attempt => (1, attempt)), (2, 1)], "results of a void attempt are trained anew");
        courier.Bench.ReasonIn(server.Receive(courier.Bench.Clients[3].Announce())).Should().Be(RefusalReason.Excluded);
    }

    [Fact]
    public async Task Client_ThatIsReadmitted_TakesPartAgain()
    {
        using Courier courier = await Courier.CreateAsync(WithClearLayer);
        courier.Spoil(3, SpoiledTag.Segment);
        await courier.RunAsync();

        courier.Bench.Server.Readmit(Bad).State.Should().NotBeNull();

        courier.Bench.Server.ExcludedClients.Should().BeEmpty();
        courier.Bench.ReasonIn(courier.Bench.Server.Receive(courier.Bench.Clients[3].Announce())).Should().Be(RefusalReason.None);
        courier.Bench.Server.AvailableClients.Should().Contain(Bad);
    }

    [Theory]
    [InlineData(SpoiledTag.Segment)]
    [InlineData(SpoiledTag.Key)]
    public async Task Client_ThatShowsSomethingElse_IsNamed(SpoiledTag tag)
    {
        using Courier courier = await Courier.CreateAsync(WithClearLayer);
        courier.FromClient = (message, bytes) => message is Showing { Client: var client } showing && client == Bad ? Other(courier, showing) : bytes;
        courier.Spoil(3, tag);

        await courier.RunAsync();

        courier.Bench.Server.ExcludedClients.Should().ContainSingle().Which.Value.Should().Be(ExclusionReason.ShowedOther);
        courier.Bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Theory]
    [InlineData(SpoiledTag.Segment)]
    [InlineData(SpoiledTag.Outer)]
    public async Task Client_ThatShowsNothing_IsNamedAfterAReminder(SpoiledTag tag)
    {
        using Courier courier = await Courier.CreateAsync(WithClearLayer);
        courier.FromClient = (message, bytes) => message is Showing { Client: var client } && client == Bad ? Courier.Lost : bytes;
        courier.Spoil(3, tag);

        await courier.RunAsync();

        courier.Bench.Server.ExcludedClients.Should().ContainSingle().Which.Value.Should().Be(ExclusionReason.ShowedNothing);
        courier.Arrived.Count(entry => entry.Message is Inquiry && entry.Recipient == Bad).Should().Be(2);
        courier.Bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Fact]
    public async Task Inspection_ThatMostDoNotAnswer_NamesNobody()
    {
        using Courier courier = await Courier.CreateAsync(WithClearLayer);
        int left = 2;
        courier.FromClient = (message, bytes) => message is Showing { Slot.Attempt: 1 } && left-- <= 0 ? Courier.Lost : bytes;
        Spoiler spoiler = new(courier.Protocol, courier.Bench.Identities[3], SpoiledTag.Segment);
        Func<FederationMessage, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> passes = courier.FromClient;
        courier.FromClient = (message, bytes) => message is Upload { Client.Value: "c4", Slot.Attempt: 1, Slot.Round: 1 }
            ? spoiler.Pass(bytes, message)
            : passes(message, bytes);

        await courier.RunAsync();

        courier.Bench.Server.ExcludedClients.Should().BeEmpty("the connections broke, not the clients");
        courier.Bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Theory]
    [InlineData(typeof(Showing))]
    [InlineData(typeof(Verdict))]
    [InlineData(typeof(Inquiry))]
    [InlineData(typeof(CheckRequest))]
    [InlineData(typeof(KeySumMessage))]
    [InlineData(typeof(AggregateMessage))]
    public async Task Message_OfAnHonestClientLostOnce_NamesNobodyElse(Type lost)
    {
        foreach (SpoiledTag tag in new[] { SpoiledTag.Segment, SpoiledTag.Key })
        {
            using Courier courier = await Courier.CreateAsync(WithClearLayer);
            ClientId unlucky = courier.Bench.Identities[1].Client;
            bool isLost = false;
            courier.FromClient = (message, bytes) => message.GetType() == lost && ((ClientMessage)message).Client == unlucky && Lose() ? Courier.Lost : bytes;
            courier.Arrives = (message, client) => message.GetType() != lost || client != unlucky || !Lose();
            courier.Spoil(3, tag);

            await courier.RunAsync();

            courier.Bench.Server.ExcludedClients.Keys.Should().Equal(Bad);
            courier.Bench.Server.Outcome.Should().Be(FederationOutcome.Completed);

            bool Lose() => !isLost && (isLost = true);
        }
    }

    [Theory]
    [InlineData(SpoiledTag.Segment)]
    [InlineData(SpoiledTag.Key)]
    public async Task Checker_ThatLies_FramesNobodyAndHidesNobody(SpoiledTag tag)
    {
        using Courier courier = await Courier.CreateAsync(WithClearLayer);
        courier.FromClient = (message, bytes) => message is Verdict { Client.Value: "c2" } verdict
            ? MessageFormat.WriteSigned(verdict with { IsRight = !verdict.IsRight }, courier.Bench.Context.ParametersId, courier.Bench.Identities[1])
            : bytes;
        courier.Spoil(3, tag);

        await courier.RunAsync();

        courier.Arrived.Count(entry => entry.Message is Verdict { Client.Value: "c2", IsRight: false }).Should().BeGreaterThan(1, "or it did not lie");
        courier.Bench.Server.ExcludedClients.Keys.Should().Equal(Bad);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Checkers_AsManyAsOneClientHas_FrameItWhereTheyAreMost(int liars)
    {
        // What colluding clients can do: SECURITY.md says so.
        using Courier courier = await Courier.CreateAsync(WithClearLayer);
        ClientId victim = courier.Bench.Identities[0].Client;
        courier.FromClient = (message, bytes) => message is Verdict verdict && verdict.Slot.Client == victim && IndexOf(verdict.Client) <= liars
            ? MessageFormat.WriteSigned(
                verdict with { IsRight = false }, courier.Bench.Context.ParametersId, courier.Bench.Identities[IndexOf(verdict.Client)])
            : bytes;
        courier.Spoil(3, SpoiledTag.Segment);

        await courier.RunAsync();

        courier.Bench.Server.ExcludedClients.Keys.Should().Equal(victim, Bad);

        static int IndexOf(ClientId client) => client.Value[1] - '1';
    }

    [Fact]
    public async Task Exclusion_BelowTheQuorum_EndsTheJobForLackOfClients()
    {
        using Courier courier = await Courier.CreateAsync(WithClearLayer with { Clients = 3 });
        courier.Spoil(2, SpoiledTag.Segment);

        await courier.RunAsync();

        courier.Bench.Server.ExcludedClients.Should().ContainKey(courier.Bench.Identities[2].Client);
        courier.Bench.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
    }

    [Fact]
    public async Task Inspection_ThatNamesNobody_RepeatsTheRound()
    {
        using Courier courier = await Courier.CreateAsync(WithClearLayer);
        int spoiled = 0;
        Spoiler spoiler = new(courier.Protocol, courier.Bench.Identities[3], SpoiledTag.Segment);

        // All verdicts say that all is right, as if checkers had colluded.
        courier.FromClient = (message, bytes) => message switch
        {
            Verdict verdict => MessageFormat.WriteSigned(
                verdict with { IsRight = true }, courier.Bench.Context.ParametersId, courier.Bench.Identities[verdict.Client.Value[1] - '1']),
            Upload { Client.Value: "c4", Slot.Attempt: 1, Slot.Round: 1 } when spoiled++ == 0 => spoiler.Pass(bytes, message),
            Showing { Client.Value: "c4" } => spoiler.Pass(bytes, message),
            _ => bytes,
        };

        await courier.RunAsync();

        courier.Bench.Server.ExcludedClients.Should().BeEmpty();
        courier.Bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        courier.Bench.Reports.Last(report => report.Round == 1).Contributions.Should().HaveCount(4);
    }

    [Theory]
    [InlineData(SpoiledTag.Segment)]
    [InlineData(SpoiledTag.Key)]
    public async Task Server_RestoredAtEveryMessage_NamesTheSame(SpoiledTag tag)
    {
        using Courier courier = await Courier.CreateAsync(WithClearLayer);
        courier.Spoil(3, tag);
        courier.AfterServer = () =>
        {
            if (courier.Bench.Server.Phase != ServerPhase.Ended)
            {
                FederationServer old = courier.Bench.Server;
                courier.Bench.Server = courier.Bench.Restore(courier.Bench.SaveState());
                old.Dispose();

                // The messages of the step before the crash have been delivered.
                courier.Bench.Server.MoveOn();
            }
        };

        await courier.RunAsync();

        courier.Bench.Server.ExcludedClients.Keys.Should().Equal(Bad);
        courier.Bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Theory]
    [InlineData(SpoiledTag.Segment)]
    [InlineData(SpoiledTag.Key)]
    public async Task State_InAnInspectionWithItsContentChangedAndSigned_IsRestoredOrRefused(SpoiledTag tag)
    {
        using Courier courier = await Courier.CreateAsync(WithClearLayer);
        courier.Spoil(3, tag);
        var states = new List<byte[]>();
        courier.AfterServer = () =>
        {
            if (courier.Bench.Server.Phase == ServerPhase.Inspecting)
            {
                states.Add(courier.Bench.SaveState());
            }
        };
        await courier.RunAsync();
        byte[] state = states[states.Count / 2];
        byte[] content = TestBench.ContentOf(state);
        int refused = 0;

        foreach (byte[] mutated in HostileBytes.BitFlips(content, 700).Select(bytes => bytes.ToArray())
            .Concat(HostileBytes.Truncations(content, 100).Select(bytes => bytes.ToArray())))
        {
            try
            {
                courier.Bench.Restore(courier.Bench.Resealed(state, mutated)).Dispose();
            }
            catch (StateRefusedException)
            {
                refused++;
            }
        }

        refused.Should().BeGreaterThan(100, "what is cut off is refused, and more");
    }

    /// <summary>A showing with another tag than the client uploaded.</summary>
    private static byte[] Other(Courier courier, Showing showing)
    {
        ShownPart part = ShownPart.TryRead(showing.Shown)!;
        byte[] tags = part.Tags.ToArray();
        tags[^1] ^= 1;
        byte[] other = (part with { Tags = tags }).ToArray();
        return MessageFormat.WriteSigned(
            showing with { Shown = other, ShownDigest = Crypto.Identities.Digest.Compute(other) }, courier.Bench.Context.ParametersId, courier.Bench.Identities[3]);
    }
}
