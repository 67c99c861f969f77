using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Tests.Persistence;

/// <summary>A change is what a message changed in a saved state: with the state before, it gives the state after.</summary>
public sealed class ServerChangeTests
{
    [Theory]
    [InlineData(JobProtection.Direct, false)]
    [InlineData(JobProtection.RoundKeys, false)]
    [InlineData(JobProtection.Direct, true)]
    [InlineData(JobProtection.RoundKeys, true)]
    public async Task Changes_Replayed_GiveTheStateThatAHostWouldHaveSaved(JobProtection protection, bool fromStreams)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection, Clients = 5, ClientsPerRound = 4 });
        MessageKind[] changed = ShouldReplay(bench.ServerSetup, bench.Time, await RecordAsync(bench), fromStreams);

        changed.Count(kind => kind == MessageKind.Upload).Should().Be(6, "three of the four uploads of a round end no attempt");
        changed.Count(kind => kind == MessageKind.Confirmation).Should().Be(protection == JobProtection.Direct ? 0 : 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_OfAJobWithACommittee_GiveTheStateThatAHostWouldHaveSaved(bool fromStreams)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 5 });
        var messages = new List<ReadOnlyMemory<byte>>();
        bench.Network = (message, _, bytes) =>
        {
            if (message is ClientMessage)
            {
                messages.Add(bytes);
            }

            return bytes;
        };
        await bench.StartAsync();
        await bench.RunToEndAsync();

        MessageKind[] changed = ShouldReplay(bench.ServerSetup, bench.Time, messages, fromStreams);

        changed.Count(kind => kind == MessageKind.Upload).Should().Be(4 * bench.Options.Rounds);
    }

    /// <summary>A client that cannot be reached costs a change of some bytes, and not a state with its sum.</summary>
    [Fact]
    public async Task Change_OfAClientThatCannotBeReached_GivesTheStateThatAHostWouldHaveSaved()
    {
        using LoggedUploads log = await LoggedUploads.CreateAsync();
        ClientId client = log.Bench.Identities[0].Client;
        log.Bench.Server.AvailableClients.Should().Contain(client);

        ServerStep step = log.Bench.Server.ReportUnreachable(client);

        byte[] change = step.Change!.ToArray();
        TestBench.ContentOf(change)[..8].Should().Equal([0xfe, 0xff, 0xff, 0xff, (byte)client.Value.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(client.Value)[..2]], "the format is the one that docs/wire-format.md describes");
        using FederationServer replayed = log.Restore(log.Before, step.Change.Stamp, [.. log.Changes, change]);
        using var whole = FederationServer.Restore(log.Bench.ServerSetup, step.State!.ToArray(), step.Change.Stamp);
        ContentOf(replayed).Should().Equal(ContentOf(whole));
        replayed.AvailableClients.Should().NotContain(client);
        log.Bench.Server.ReportUnreachable(client).Change.Should().BeNull("nothing has changed");

        // Of a client that was not there, of a name that is none, of another cause, and cut off.
        log.ErrorOf(log.Before, [.. log.Changes, log.Resealed(change, content => [.. content[..6], (byte)'x', .. content[7..]])]).Should().Be(StateError.Inconsistent);
        log.ErrorOf(log.Before, [.. log.Changes, log.Resealed(change, content => [.. content[..4], 0xff, 0xff, .. content[6..]])]).Should().Be(StateError.Inconsistent);
        log.ErrorOf(log.Before, [.. log.Changes, log.Resealed(change, content => [0xfd, .. content[1..]])]).Should().Be(StateError.Inconsistent);
        for (int length = 0; length < 8; length++)
        {
            log.ErrorOf(log.Before, [.. log.Changes, log.Resealed(change, content => content[..length])]).Should().Be(StateError.Inconsistent, "of {0} bytes", length);
        }
    }

    /// <summary>In the place of the length and the bytes of an upload that is kept in a file, a change has -1 and the digest by which its server finds it.</summary>
    [Fact]
    public async Task Change_ThatRefersToItsMessage_HasTheseBytes()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte> upload = (await bench.TrainAsync(bench.StartWithAll())).Values.First();
        using FederationServer other = bench.Restore(bench.SaveState());
        other.Advance();
        byte[] whole = TestBench.ContentOf(other.Handle(upload).Change!.ToArray());
        SavedChange change = bench.Server.Handle(StreamOf(upload)).Change!;

        // From the header to the length of the update: kind, job, name, round, attempt and digest are between them.
        MessageInfo.TryRead(upload.Span, out MessageInfo? info).Should().BeTrue();
        int start = WireHeader.SizeInBytes + 1 + 16 + sizeof(ushort) + info!.Client!.Value.Value.Length + (2 * sizeof(int)) + Digest.SizeInBytes + sizeof(long);
        byte[] digest = System.Security.Cryptography.SHA256.HashData([.. upload.Span[..start], .. upload.Span[^64..]]);
        byte[] content = TestBench.ContentOf(change.ToArray());

        content[..36].Should().Equal([0xff, 0xff, 0xff, 0xff, .. digest], "the format is the one that docs/wire-format.md describes");
        content.Length.Should().Be(36 + whole.Length - sizeof(int) - upload.Length, "what follows has the same fields as behind a message");
        change.ToArray()[4].Should().Be(75);
    }

    /// <summary>A host may end between saving a state and emptying its log.</summary>
    [Fact]
    public async Task Changes_ThatTheStateHas_ArePassedOver()
    {
        using LoggedUploads log = await LoggedUploads.CreateAsync();

        using FederationServer server = log.Restore(log.After, log.Stamp, [.. log.Changes]);

        server.Contributions.Should().HaveCount(3);
        server.Stamp.Version.Should().Be(log.Stamp.Version);
    }

    [Fact]
    public async Task Changes_OfAnEarlierLife_ArePassedOver()
    {
        using LoggedUploads log = await LoggedUploads.CreateAsync();
        using FederationServer second = log.Restore(log.Before, log.Stamp, [.. log.Changes]);
        byte[] saved = second.Advance().State!.ToArray();

        using FederationServer third = log.Restore(saved, second.Stamp, [.. log.Changes]);

        third.Contributions.Should().HaveCount(3);
    }

    [Theory]
    [InlineData("the first is missing")]
    [InlineData("one is missing in the middle")]
    [InlineData("two have changed places")]
    [InlineData("the state is older")]
    [InlineData("the newest is missing")]
    [InlineData("all are missing")]
    [InlineData("another process went on from the state")]
    public async Task Changes_ThatDoNotFollow_AreRefused(string fault)
    {
        using LoggedUploads log = await LoggedUploads.CreateAsync();
        byte[][] all = [.. log.Changes];
        byte[] state = log.Before;
        switch (fault)
        {
            case "the first is missing":
                all = all[1..];
                break;
            case "one is missing in the middle":
                all = [all[0], all[2]];
                break;
            case "two have changed places":
                all = [all[0], all[2], all[1]];
                break;
            case "the state is older":
                state = log.Older;
                break;
            case "the newest is missing":
                all = all[..2];
                break;
            case "all are missing":
                all = [];
                break;
            case "another process went on from the state":
                using (FederationServer other = log.Restore(log.Before, newest: null, []))
                using (FederationServer own = log.Restore(log.Before, newest: null, []))
                {
                    state = other.Advance().State!.ToArray();
                    own.Advance();
                    all = [own.Handle(log.Uploads[0]).Change!.ToArray()];
                }

                break;
        }

        log.ErrorOf(state, all).Should().Be(StateError.Outdated);
    }

    [Fact]
    public async Task Change_WithAnyBitChangedOrCutOff_IsRefusedWithTheReason()
    {
        using LoggedUploads log = await LoggedUploads.CreateAsync();
        byte[] change = log.Changes[0];
        var random = new Random(18);
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. change];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            log.ErrorOf(log.Before, [damaged, .. log.Changes.Skip(1)]).Should().BeOneOf(
                StateError.Damaged, StateError.Tampered, StateError.NotAState, StateError.UnsupportedVersion, StateError.Truncated);
        }

        for (int length = 0; length < change.Length; length += 7)
        {
            log.ErrorOf(log.Before, [change[..length], .. log.Changes.Skip(1)]).Should().Be(StateError.Truncated);
        }
    }

    [Fact]
    public async Task Change_OfAnotherJobOrServer_IsRefused()
    {
        using LoggedUploads log = await LoggedUploads.CreateAsync();
        using LoggedUploads other = await LoggedUploads.CreateAsync();
        using var stranger = ServerIdentity.Create();

        log.ErrorOf(log.Before, [other.Changes[0]]).Should().Be(StateError.AnotherJob);
        log.ErrorOf(log.Before, [log.Resealed(log.Changes[0], content => content, stranger)]).Should().Be(StateError.Tampered);
        log.ErrorOf(log.Before, [log.Before]).Should().Be(StateError.NotAState);
    }

    [Theory]
    [InlineData("another message")]
    [InlineData("a message that is refused")]
    [InlineData("another deadline")]
    [InlineData("something behind its end")]
    public async Task Change_ThatCannotBe_IsRefused(string fault)
    {
        using LoggedUploads log = await LoggedUploads.CreateAsync();
        byte[] change = log.Resealed(log.Changes[0], content =>
        {
            int rest = sizeof(int) + BitConverter.ToInt32(content);
            byte[] message = fault switch
            {
                "another message" => log.Bench.Clients[4].Announce().ToArray(),
                "a message that is refused" => log.Bench.SignedUpload(0, log.Bench.Update(0, weight: 7), round: 2),
                _ => content[sizeof(int)..rest],
            };
            byte[] behind = content[rest..];
            if (fault == "another deadline")
            {
                BitConverter.TryWriteBytes(behind, -1L);
            }

            return [.. BitConverter.GetBytes(message.Length), .. message, .. behind, .. fault == "something behind its end" ? (byte[])[0] : []];
        });

        log.ErrorOf(log.Before, [change]).Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task Change_OfAnEarlierStep_IsNotWrittenLate()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        SavedChange first = bench.Server.Handle(uploads[0]).Change!;
        bench.Server.Handle(uploads[1]);

        Action act = () => first.ToArray();

        act.Should().Throw<InvalidOperationException>().WithMessage("*another step*");
    }

    /// <summary>What comes by the clock and not by the message is in no change.</summary>
    [Fact]
    public async Task Step_InWhichADeadlinePasses_HasNoChange()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Quorum = 4 });
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        bench.Server.Handle(uploads[0]).Change.Should().NotBeNull();
        bench.Time.Pass(TestBench.Deadline);

        ServerStep extended = bench.Server.Handle(uploads[1]);

        (extended.Refusal, extended.State is null, extended.Change).Should().Be((RefusalReason.None, false, null));
    }

    [Fact]
    public async Task Change_IsAboutAsLongAsItsMessage_HoweverManyWereBefore()
    {
        using LoggedUploads log = await LoggedUploads.CreateAsync();

        log.Changes.Zip(log.Uploads).Should().OnlyContain(pair => pair.First.Length < pair.Second.Length + 1000);
    }

    /// <summary>A thousand clients would otherwise make a state of a thousand copies.</summary>
    [Fact]
    public async Task Message_ToManyClients_IsInAStateAndInAChangeOnce()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = JobProtection.RoundKeys, Clients = 5, ClientsPerRound = 4 });
        IReadOnlyList<ReadOnlyMemory<byte>> messages = await RecordAsync(bench);
        using var server = new FederationServer(bench.ServerSetup);
        server.Start();
        int inStates = 0;
        int inChanges = 0;
        foreach (ServerStep step in messages.Select(message => server.Handle(message)).Where(step => step.State is not null))
        {
            byte[] state = step.State!.ToArray();
            byte[]? change = step.Change?.ToArray();
            foreach (IGrouping<ReadOnlyMemory<byte>, OutgoingMessage> sent in step.Messages.GroupBy(message => message.Bytes).Where(group => group.Count() > 1))
            {
                if (sent.First().Kind == MessageKind.Aggregate)
                {
                    // The latest aggregate is in the state already.
                    continue;
                }

                OccurrencesOf(sent.Key, state).Should().Be(1, "{0}", sent.First().Kind);
                inStates++;
                if (change is not null)
                {
                    OccurrencesOf(sent.Key, change).Should().Be(1, "{0}", sent.First().Kind);
                    inChanges++;
                }
            }
        }

        inStates.Should().BeGreaterThan(inChanges);
        inChanges.Should().BePositive();
    }

    private static int OccurrencesOf(ReadOnlyMemory<byte> message, ReadOnlySpan<byte> source)
    {
        ReadOnlySpan<byte> signature = message.Span[^MessageSignature.SizeInBytes..];
        int count = 0;
        for (int at = source.IndexOf(signature); at >= 0; at = source.IndexOf(signature))
        {
            source = source[(at + signature.Length)..];
            count++;
        }

        return count;
    }

    /// <summary>Replays the changes of each step beside the state that the step has, and returns the kinds of the messages with changes.</summary>
    private static MessageKind[] ShouldReplay(FederationServerSetup setup, ManualTime time, IReadOnlyList<ReadOnlyMemory<byte>> messages, bool fromStreams)
    {
        var kept = new Dictionary<Digest, ReadOnlyMemory<byte>>();

        using var server = new FederationServer(setup);
        byte[] state = server.Start().State!.ToArray();
        var changes = new List<ReadOnlyMemory<byte>>();
        var changed = new List<MessageKind>();
        foreach (ReadOnlyMemory<byte> message in messages)
        {
            time.Pass(TimeSpan.FromSeconds(1));
            server.Handle(new byte[10]).State.Should().BeNull("a refusal is counted and not saved by itself");
            ServerStep step = fromStreams ? server.Handle(StreamOf(message)) : server.Handle(message);
            if (step.Change is not SavedChange change)
            {
                state = step.State?.ToArray() ?? state;
                changes = step.State is null ? changes : [];
                continue;
            }

            changes.Add(change.ToArray());
            if (change.Message is Digest digest)
            {
                kept.Add(digest, message);
            }

            change.Stamp.Should().Be(step.State!.Stamp);
            StateStamp.TryRead(changes[^1].Span, out StateStamp? read).Should().BeTrue();
            read.Should().Be(change.Stamp);
            using FederationServer whole = FederationServer.Restore(setup, step.State.ToArray(), change.Stamp);
            var accepted = new AcceptedUploads();
            using FederationServer replayed = FederationServer.Restore(setup with { Logger = accepted }, state, change.Stamp, changes, name => StreamOf(kept[name]));
            accepted.Count.Should().Be(0, "it was counted when it was accepted");
            ContentOf(replayed).Should().Equal(ContentOf(whole));
            (replayed.Stamp with { LifeId = default }).Should().Be(whole.Stamp with { LifeId = default });
            ServerStep next = replayed.Advance();
            next.Messages.Select(one => (one.Recipient, one.Kind)).Should().Equal(step.Messages.Select(one => (one.Recipient, one.Kind)));
            next.Accepted.Should().BeEmpty("it was accepted once");
            MessageInfo.TryRead(message.Span, out MessageInfo? info).Should().BeTrue();
            changed.Add(info!.Kind);
            change.Message.HasValue.Should().Be(fromStreams && info.Kind == MessageKind.Upload);
            bool isShort = changes[^1].Length < message.Length;
            isShort.Should().Be(change.Message.HasValue, "a change that refers to a message does not hold it");
        }

        server.Outcome.Should().Be(FederationOutcome.Completed);
        return [.. changed];
    }

    private static MemoryStream StreamOf(ReadOnlyMemory<byte> message) => new(message.ToArray(), writable: false);

    private static byte[] ContentOf(FederationServer server)
    {
        var bytes = new ArrayBufferWriter<byte>();
        server.SaveState(bytes);
        return TestBench.ContentOf(bytes.WrittenSpan.ToArray());
    }

    /// <summary>Runs the job of a bench, and returns what its server got.</summary>
    private static async Task<List<ReadOnlyMemory<byte>>> RecordAsync(TestBench bench)
    {
        var messages = new List<ReadOnlyMemory<byte>>();
        var toServer = new Queue<ReadOnlyMemory<byte>>(bench.Clients.Select(client => client.Announce()));
        var toClients = new Queue<OutgoingMessage>(bench.Server.StartUp());
        while (toServer.TryDequeue(out ReadOnlyMemory<byte> message))
        {
            messages.Add(message);
            bench.Server.Receive(message).ToList().ForEach(toClients.Enqueue);
            while (toClients.TryDequeue(out OutgoingMessage answer))
            {
                foreach (ReadOnlyMemory<byte> reply in await bench.ClientOf(answer).ReceiveAsync(answer.Bytes))
                {
                    toServer.Enqueue(reply);
                }
            }
        }

        return messages;
    }

    /// <summary>Counts the uploads that a server says it accepts, as its meter does.</summary>
    private sealed class AcceptedUploads : ILogger<FederationServer>
    {
        private const int UploadAccepted = 204;

        public int Count { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Count += eventId.Id == UploadAccepted ? 1 : 0;
    }

    /// <summary>A state, three uploads whose changes a host logged, and the state behind them.</summary>
    private sealed class LoggedUploads : IDisposable
    {
        private LoggedUploads(TestBench bench) => Bench = bench;

        public TestBench Bench { get; }

        public byte[] Older { get; private set; } = [];

        public byte[] Before { get; private set; } = [];

        public byte[] After { get; private set; } = [];

        public StateStamp Stamp => Bench.Server.Stamp;

        public List<byte[]> Changes { get; } = [];

        public List<ReadOnlyMemory<byte>> Uploads { get; } = [];

        public static async Task<LoggedUploads> CreateAsync()
        {
            var log = new LoggedUploads(await TestBench.CreateAsync(new BenchOptions { Clients = 5 }));
            IReadOnlyList<OutgoingMessage> invitations = log.Bench.StartWithAll();
            log.Older = log.Bench.SaveState();
            log.Bench.Server.Handle(log.Bench.Clients[0].Announce());
            log.Bench.Server.LoseContact(log.Bench.Identities[4].Client);
            log.Before = log.Bench.SaveState();
            foreach (ReadOnlyMemory<byte> upload in (await log.Bench.TrainAsync(invitations)).Values.Take(3))
            {
                log.Uploads.Add(upload);
                log.Changes.Add(log.Bench.Server.Handle(upload).Change!.ToArray());
            }

            log.After = log.Bench.SaveState();
            return log;
        }

        public FederationServer Restore(byte[] state, StateStamp? newest, byte[][] changes)
            => FederationServer.Restore(Bench.ServerSetup, state, newest, changes.Select(change => (ReadOnlyMemory<byte>)change));

        public StateError ErrorOf(byte[] state, byte[][] changes)
        {
            Action restore = () => Restore(state, Stamp, changes).Dispose();
            return restore.Should().Throw<StateRefusedException>().Which.Error;
        }

        /// <summary>A change with another content, with the right digest and signed, as if a server had written it.</summary>
        public byte[] Resealed(byte[] change, Func<byte[], byte[]> edit, ServerIdentity? identity = null)
        {
            StateStamp.TryRead(change, out StateStamp? stamp).Should().BeTrue();
            var bytes = new ArrayBufferWriter<byte>();
            StateEnvelope.Write(
                WireKind.ServerChange, Bench.Context.ParametersId, Bench.Job.Digest, stamp!.Value, edit(TestBench.ContentOf(change)), (identity ?? Bench.ServerIdentity).Key, bytes);
            return bytes.WrittenSpan.ToArray();
        }

        public void Dispose() => Bench.Dispose();
    }
}
