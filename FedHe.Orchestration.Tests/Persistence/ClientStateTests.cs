using System.Buffers;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Persistence;

/// <summary>A client that is resumed sends the same bytes, has the same model, and trains nothing twice.</summary>
public sealed class ClientStateTests : IDisposable
{
    private readonly PasswordProtector _protector = new("correct horse battery");

    [Theory]
    [InlineData(JobProtection.Direct, "ckks", UpdateKind.Model)]
    [InlineData(JobProtection.RoundKeys, "ckks", UpdateKind.Model)]
    [InlineData(JobProtection.RoundKeys, "plain", UpdateKind.Model)]
    [InlineData(JobProtection.Direct, "plain", UpdateKind.Difference)]
    [InlineData(JobProtection.RoundKeys, "plain", UpdateKind.Difference)]
    public async Task Client_ResumedAfterEveryMessage_IsTheSameClient(JobProtection protection, string scheme, UpdateKind kind)
    {
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Scheme = scheme, Protection = protection, Rounds = 3, Update = new UpdateTerms(kind) });
        for (int i = 0; i < 4; i++)
        {
            bench.Clients[i] = new FederationClient(SetupOf(bench, i));
        }

        var toClients = new Queue<OutgoingMessage>(bench.StartWithAll());
        while (toClients.TryDequeue(out OutgoingMessage message))
        {
            int index = bench.Clients.FindIndex(client => client.Client == message.Recipient);
            FederationClient client = bench.Clients[index];
            ClientStep step = await client.HandleAsync(message.Bytes);
            if (step.State is SavedState state)
            {
                byte[] saved = state.ToArray();
                bench.Clients[index] = FederationClient.Restore(SetupOf(bench, index), saved, state.Stamp);
                ShouldBeTheSame(bench.Clients[index], client);
            }

            foreach (ReadOnlyMemory<byte> answer in step.Messages)
            {
                bench.Server.Receive(answer).ToList().ForEach(toClients.Enqueue);
            }
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == 3);
        bench.Clients.Select(client => client.Release).Distinct().Should().Equal(
            protection == JobProtection.Direct ? ModelRelease.KeyHoldersOnly : ModelRelease.MayBePublished);
        bench.Trainers.Should().AllSatisfy(trainer => trainer.Results.Should().HaveCount(3));
        bench.Clients[2].GlobalModel.Get<long>("steps")[0].Should().Be(30, "buffers are the client's own");
    }

    [Fact]
    public async Task Client_ResumedWithAnUploadOnItsWay_SendsTheSameBytesAndEncryptsAnewWithoutTraining()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks" });
        FederationClientSetup setup = SetupOf(bench, 0);
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;
        var client = new FederationClient(setup);
        ClientStep step = await client.HandleAsync(invitation);

        FederationClient resumed = FederationClient.Restore(setup, step.State!.ToArray());
        ReadOnlyMemory<byte> sent = resumed.Unacknowledged.Single();
        ReadOnlyMemory<byte> invitedAgain = (await resumed.HandleAsync(invitation)).Messages.Single();
        var next = (Invitation)bench.Parse(invitation) with { Slot = bench.Slot(0, attempt: 2) };
        ReadOnlyMemory<byte> forNextAttempt = (await resumed.HandleAsync(bench.FromServer(next))).Messages.Single();

        sent.ToArray().Should().Equal(step.Messages.Single().ToArray());
        invitedAgain.ToArray().Should().Equal(sent.ToArray());
        forNextAttempt.ToArray().Should().NotEqual(sent.ToArray());
        bench.Trainers[0].Results.Should().ContainSingle();
        (await resumed.HandleAsync(bench.Server.Receive(sent).Single().Bytes)).Ignored.Should().BeNull("it knows what it sent");
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Client_InvitedBeforeItAnnouncesItselfAgain_CountsWithItsSamples(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        FederationClientSetup setup = SetupOf(bench, 1);
        byte[] beforeItsAnnouncement = Save(new FederationClient(setup));
        ReadOnlyMemory<byte> invitation = bench.StartWithAll().Single(message => message.Recipient == bench.Clients[1].Client).Bytes;

        FederationClient resumed = FederationClient.Restore(setup, beforeItsAnnouncement);
        bench.Server.Receive((await resumed.HandleAsync(invitation)).Messages.Single());

        bench.Trainers[1].SampleCount.Should().BeGreaterThan(1);
        bench.Server.Contributions.Single().Weight.Should().Be(bench.Trainers[1].SampleCount);
    }

    [Fact]
    public async Task Client_WithoutAProtector_SavesNoModelAndTrainsAgain()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClientSetup open = bench.ClientSetup(0);
        var client = new FederationClient(open);
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;
        ClientStep step = await client.HandleAsync(invitation);
        byte[] state = step.State!.ToArray();
        var sealedClient = new FederationClient(SetupOf(bench, 0));
        byte[] sealedState = (await sealedClient.HandleAsync(invitation)).State!.ToArray();

        FederationClient resumed = FederationClient.Restore(open, state);
        await resumed.HandleAsync(bench.FromServer((Invitation)bench.Parse(invitation) with { Slot = bench.Slot(0, attempt: 2) }));

        resumed.Unacknowledged.Should().ContainSingle();
        bench.Trainers[0].Results.Should().HaveCount(3, "twice above, and once more here");
        foreach (double value in TestModel.Flat(bench.Trainers[0].Results[0].Result.Parameters))
        {
            state.AsSpan().IndexOf(BitConverter.GetBytes(value)).Should().Be(-1);
            sealedState.AsSpan().IndexOf(BitConverter.GetBytes(value)).Should().Be(-1);
        }
    }

    [Fact]
    public async Task State_OfAnotherClientOrPasswordOrDamaged_IsRefusedWithTheReason()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var wrong = new PasswordProtector("incorrect horse");
        var client = new FederationClient(SetupOf(bench, 0));
        byte[] old = Save(client);
        byte[] state = (await client.HandleAsync(bench.StartWithAll()[0].Bytes)).State!.ToArray();
        byte[] damaged = [.. state];
        damaged[300] ^= 1;

        ErrorOf(SetupOf(bench, 1), state).Should().Be(StateError.Tampered);
        ErrorOf(SetupOf(bench, 0) with { Protector = wrong }, state).Should().Be(StateError.NotUnprotected);
        ErrorOf(SetupOf(bench, 0) with { Protector = null }, state).Should().Be(StateError.NotUnprotected);
        ErrorOf(SetupOf(bench, 0), damaged).Should().Be(StateError.Damaged);
        ErrorOf(SetupOf(bench, 0), state[..^1]).Should().Be(StateError.Truncated);
        ErrorOf(SetupOf(bench, 0), bench.SaveState()).Should().Be(StateError.NotAState);
        ErrorOf(SetupOf(bench, 0), old, client.Stamp).Should().Be(StateError.Outdated);
    }

    [Fact]
    public async Task State_WhoseContentWasChangedAndSigned_IsRestoredOrRefused()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = JobProtection.RoundKeys, Rounds = 1 });
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(bench.StartWithAll())).Values)
        {
            await bench.DeliverAsync(bench.Server.Receive(upload), MessageKind.Aggregate);
        }

        bench.Clients[0].ModelRound.Should().Be(1);
        byte[] state = Save(bench.Clients[0]);
        StateStamp.TryRead(state, out StateStamp? stamp);
        byte[] content = TestBench.ContentOf(state);
        int refused = 0;
        foreach (byte[] mutated in TestKit.Hostile.HostileBytes.BitFlips(content, 350).Select(bytes => bytes.ToArray())
            .Concat(TestKit.Hostile.HostileBytes.Truncations(content, 50).Select(bytes => bytes.ToArray())))
        {
            var signed = new ArrayBufferWriter<byte>();
            StateEnvelope.Write(
                WireKind.ClientState, bench.Context.ParametersId, bench.Job.Digest, stamp!.Value, mutated, bench.Identities[0].Key, signed);
            try
            {
                FederationClient.Restore(bench.ClientSetup(0), signed.WrittenMemory);
            }
            catch (StateRefusedException)
            {
                refused++;
            }
        }

        refused.Should().BeGreaterThan(50);
    }

    public void Dispose() => _protector.Dispose();

    private FederationClientSetup SetupOf(TestBench bench, int index) => bench.ClientSetup(index) with { Protector = _protector };

    private static void ShouldBeTheSame(FederationClient resumed, FederationClient client)
    {
        (resumed.ModelRound, resumed.LatestRound, resumed.Release, resumed.Outcome).Should().Be(
            (client.ModelRound, client.LatestRound, client.Release, client.Outcome));
        Bytes(resumed.GlobalModel).Should().Equal(Bytes(client.GlobalModel));
        resumed.Unacknowledged.Select(message => Convert.ToHexString(message.Span)).Should().Equal(
            client.Unacknowledged.Select(message => Convert.ToHexString(message.Span)));

        static double[] Bytes(ModelParameters model) => [.. TestModel.Flat(model), model.Get<long>("steps")[0]];
    }

    private static byte[] Save(FederationClient client)
    {
        var state = new ArrayBufferWriter<byte>();
        client.SaveState(state);
        return state.WrittenSpan.ToArray();
    }

    private static StateError ErrorOf(FederationClientSetup setup, byte[] state, StateStamp? newest = null)
    {
        try
        {
            FederationClient.Restore(setup, state, newest);
            throw new InvalidOperationException("The state was taken.");
        }
        catch (StateRefusedException exception)
        {
            return exception.Error;
        }
    }
}
