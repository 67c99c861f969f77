using System.Buffers;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Persistence;

/// <summary>A saved state is whole, of this job and this server, or it is refused with the reason.</summary>
public sealed class ServerStateTests
{
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Step_WithoutAState_HasChangedNothingThatIsSaved(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection, Clients = 5, ClientsPerRound = 4 });
        var toServer = new Queue<ReadOnlyMemory<byte>>(bench.Clients.Select(client => client.Announce()));
        var toClients = new Queue<OutgoingMessage>();
        int unchanged = 0;
        Take(server => server.Start());
        while (toServer.TryDequeue(out ReadOnlyMemory<byte> message) || toClients.Count > 0)
        {
            // Everything arrives twice, so that there are steps with nothing new in them.
            Take(server => message.IsEmpty ? server.Advance() : server.Handle(message));
            Take(server => message.IsEmpty ? server.Advance() : server.Handle(message));
            while (toClients.TryDequeue(out OutgoingMessage answer))
            {
                foreach (ReadOnlyMemory<byte> reply in (await bench.ClientOf(answer).HandleAsync(answer.Bytes)).Messages)
                {
                    toServer.Enqueue(reply);
                }
            }
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        unchanged.Should().BeGreaterThan(10);

        void Take(Func<FederationServer, ServerStep> call)
        {
            byte[] before = TestBench.ContentOf(bench.SaveState());
            StateStamp stamp = bench.Server.Stamp;
            ServerStep step = call(bench.Server);
            step.Messages.ToList().ForEach(toClients.Enqueue);
            if (step.State is SavedState state)
            {
                (state.Stamp.Version, state.Stamp).Should().Be((stamp.Version + 1, bench.Server.Stamp));
                StateStamp.TryRead(state.ToArray(), out StateStamp? read).Should().BeTrue();
                read.Should().Be(state.Stamp);
                return;
            }

            unchanged++;
            bench.Server.Stamp.Should().Be(stamp);
            if (step.Refusal == RefusalReason.None)
            {
                TestBench.ContentOf(bench.SaveState()).Should().Equal(before);
            }
        }
    }

    [Fact]
    public async Task State_OfAStep_HoldsItsMessagesUntilTheNextOne()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        uploads[..3].ToList().ForEach(upload => bench.Server.Receive(upload));
        ServerStep closing = bench.Server.Handle(uploads[3]);
        byte[] state = closing.State!.ToArray();

        using FederationServer resumed = bench.Restore(state);
        ServerStep first = resumed.Advance();
        ServerStep second = resumed.Advance();

        closing.Messages.Select(message => message.Kind).Distinct()
            .Should().Equal(MessageKind.Acknowledgement, MessageKind.Aggregate, MessageKind.Invitation);
        first.Messages.Select(message => (message.Recipient, message.Kind)).Should().Equal(closing.Messages.Select(message => (message.Recipient, message.Kind)));
        first.Messages.Zip(closing.Messages).Should().AllSatisfy(
            pair => TestBench.Unsigned(pair.First.Bytes).Should().Equal(TestBench.Unsigned(pair.Second.Bytes)));
        first.State.Should().NotBeNull("the new life must be saved before the messages leave");
        (second.Messages.Length, second.State).Should().Be((0, null));
        await bench.DeliverAsync(first.Messages, MessageKind.Aggregate);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 1);
    }

    /// <summary>A host keeps the same bytes for many clients once, and cannot where each client gets a signature of its own.</summary>
    [Fact]
    public async Task Broadcast_OfTheLastStep_IsOneMessageAgain()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 1 });
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        uploads[..3].ToList().ForEach(upload => bench.Server.Receive(upload));
        byte[] state = bench.Server.Handle(uploads[3]).State!.ToArray();

        using FederationServer resumed = bench.Restore(state);
        OutgoingMessage[] messages = [.. resumed.Advance().Messages];

        foreach (MessageKind kind in (MessageKind[])[MessageKind.Aggregate, MessageKind.Conclusion])
        {
            OutgoingMessage[] toAll = [.. messages.Where(message => message.Kind == kind)];
            toAll.Select(message => message.Recipient).Should().BeEquivalentTo(bench.Identities.Select(identity => (ClientId?)identity.Client));
            toAll.Select(message => message.Bytes).Distinct().Should().ContainSingle();
        }
    }

    [Fact]
    public async Task State_OfAnEarlierStep_IsNotWrittenLate()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SavedState first = bench.Server.Handle(bench.Clients[0].Announce()).State!;
        first.ToArray().Should().NotBeEmpty();
        bench.Server.Handle(bench.Clients[1].Announce());

        Action act = () => first.ToArray();

        act.Should().Throw<InvalidOperationException>().WithMessage("*another step*");
    }

    [Fact]
    public async Task SavedState_Resumed_IsTheSameStateInItsNextLife()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        bench.Server.Receive(uploads.Values.First());
        bench.Server.Receive(new byte[10]);
        byte[] state = bench.SaveState();

        using FederationServer resumed = bench.Restore(state);
        var again = new ArrayBufferWriter<byte>();
        resumed.SaveState(again);

        resumed.Stamp.Life.Should().Be(2);
        resumed.Stamp.MayReplace(bench.Server.Stamp).Should().BeTrue();
        bench.Server.Stamp.MayReplace(resumed.Stamp).Should().BeFalse();
        (resumed.Contributions.Length, resumed.AvailableClients.Count, resumed.DueIn).Should().Be((1, 4, bench.Server.DueIn));
        again.WrittenCount.Should().Be(state.Length + 16 + sizeof(long), "only the lineage is longer");
    }

    [Fact]
    public async Task SavedState_CutOffAnywhere_IsTruncated()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] state = bench.SaveState();

        for (int length = 0; length < state.Length; length += 7)
        {
            ErrorOf(bench, state[..length]).Should().Be(StateError.Truncated);
        }
    }

    /// <summary>A state of version 1 may hold other digests of the same uploads: its clients would be judged by them.</summary>
    [Fact]
    public async Task SavedState_OfTheVersionBefore_IsRefusedByName()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] state = bench.SaveState();
        state[6] = 1;

        ErrorOf(bench, state).Should().Be(StateError.UnsupportedVersion);
    }

    [Fact]
    public async Task SavedState_WithAnyBitChanged_IsRefusedWithTheReason()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] state = bench.SaveState();

        for (int i = 0; i < state.Length; i++)
        {
            byte[] changed = [.. state];
            changed[i] ^= (byte)(1 << (i % 8));
            StateError expected = i switch
            {
                < 6 => StateError.NotAState,
                < 8 => StateError.UnsupportedVersion,
                >= 40 and < 48 => ErrorOf(bench, changed) == StateError.Truncated ? StateError.Truncated : StateError.Damaged,
                _ when i >= state.Length - 64 => StateError.Tampered,
                _ => StateError.Damaged,
            };
            ErrorOf(bench, changed).Should().Be(expected, "byte {0}", i);
        }

        ErrorOf(bench, [.. state, 0]).Should().Be(StateError.Damaged);
    }

    [Fact]
    public async Task SavedState_OfAnotherJobOrServerOrClient_IsRefusedWithTheReason()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using TestBench other = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] state = bench.SaveState();
        StateStamp.TryRead(state, out StateStamp? stamp);
        using var thief = ServerIdentity.Create();
        var forged = new ArrayBufferWriter<byte>();
        StateEnvelope.Write(
            Crypto.Serialization.WireKind.ServerState, bench.Context.ParametersId, bench.Job.Digest, stamp!.Value, TestBench.ContentOf(state), thief.Key, forged);
        var ofClient = new ArrayBufferWriter<byte>();
        bench.Clients[0].SaveState(ofClient);

        ErrorOf(other, state).Should().Be(StateError.AnotherJob);
        ErrorOf(bench, forged.WrittenSpan.ToArray()).Should().Be(StateError.Tampered);
        ErrorOf(bench, ofClient.WrittenSpan.ToArray()).Should().Be(StateError.NotAState);
        ErrorOf(bench, bench.Resealed(state, [.. TestBench.ContentOf(state), 0])).Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task SavedState_OlderThanTheNewest_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] old = bench.SaveState();
        bench.Server.Receive(bench.SignedUpload(0, bench.Update(0)));
        byte[] newest = bench.SaveState();
        StateStamp stamp = bench.Server.Stamp;

        Action stale = () => FederationServer.Restore(bench.ServerSetup, old, stamp).Dispose();

        stale.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Outdated);
        FederationServer.Restore(bench.ServerSetup, newest, stamp).Dispose();
        using var later = FederationServer.Restore(bench.ServerSetup, old);
        var ofLaterLife = new ArrayBufferWriter<byte>();
        later.Advance();
        later.SaveState(ofLaterLife);
        FederationServer.Restore(bench.ServerSetup, ofLaterLife.WrittenMemory, stamp).Dispose();
    }

    [Fact]
    public void Stamp_MayReplace_LaterLivesAndLaterVersionsOfTheSameLife()
    {
        var life = Guid.NewGuid();
        var stamp = new StateStamp(2, life, 7, 1, 1);

        stamp.MayReplace(stamp).Should().BeTrue();
        stamp.MayReplace(stamp with { Version = 6 }).Should().BeTrue();
        stamp.MayReplace(stamp with { Version = 8 }).Should().BeFalse();
        stamp.MayReplace(stamp with { Life = 1, LifeId = Guid.NewGuid(), Version = 100 }).Should().BeTrue();
        stamp.MayReplace(stamp with { Life = 3, LifeId = Guid.NewGuid(), Version = 1 }).Should().BeFalse();
        stamp.MayReplace(stamp with { LifeId = Guid.NewGuid(), Version = 1 }).Should().BeFalse("two servers resumed one state");
        StateStamp.TryRead(new byte[200], out StateStamp? none).Should().BeFalse();
        none.Should().BeNull();
    }

    private static StateError ErrorOf(TestBench bench, byte[] state)
    {
        try
        {
            FederationServer.Restore(bench.ServerSetup, state).Dispose();
            throw new InvalidOperationException("The state was taken.");
        }
        catch (StateRefusedException exception)
        {
            exception.Message.Should().NotBeEmpty();
            return exception.Error;
        }
    }
}
