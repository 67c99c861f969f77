using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Updates;

namespace FedHe.Orchestration.Tests.Persistence;

/// <summary>
/// Saved states that the server signed and whose fields contradict each other, one at a time; and what only a resumed server
/// can show of the fields that nothing contradicts.
/// </summary>
public sealed class ServerStateFieldTests
{
    private const int Phase = 0;
    private const int Outcome = 1;
    private const int Round = 2;
    private const int Attempt = 6;
    private const int Tries = 10;
    private const int Grace = 14;
    private const int Published = 15;
    private const int Remaining = 16;

    // A name of two letters behind its length, round, attempt, digest, weight, length of the upload and the two fields of a receipt.
    private const int ContributionLength = 2 + 2 + 4 + 4 + 32 + 8 + 4 + 4 + 8;
    private const int NameLength = 2 + 2;

    [Theory]
    [InlineData(Phase, 1, (byte)ServerPhase.NotStarted)]
    [InlineData(Phase, 1, (byte)ServerPhase.WaitingForClients)]
    [InlineData(Phase, 1, (byte)ServerPhase.Ended)]
    [InlineData(Phase, 1, 77)]
    [InlineData(Outcome, 1, 1)]
    [InlineData(Outcome, 1, 77)]
    [InlineData(Round, 4, 0)]
    [InlineData(Round, 4, 2)]
    [InlineData(Round, 4, 3)]
    [InlineData(Attempt, 4, 0)]
    [InlineData(Attempt, 4, 2)]
    [InlineData(Attempt, 4, 3)]
    [InlineData(Tries, 4, 0)]
    [InlineData(Tries, 4, 3)]
    [InlineData(Grace, 1, 2)]
    [InlineData(Published, 1, 2)]
    [InlineData(Remaining, 8, -1)]
    [InlineData(Remaining, 8, -2)]
    [InlineData(Remaining, 8, long.MaxValue)]
    public async Task State_WithAFieldThatContradictsTheOthers_IsRefused(int start, int length, long value)
    {
        using TestBench bench = await CollectingAsync(Weighting.Clear);
        byte[] content = TestBench.ContentOf(bench.SaveState());
        var field = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(field, value);
        field.AsSpan(0, length).SequenceEqual(content.AsSpan(start, length)).Should().BeFalse();
        field.AsSpan(0, length).CopyTo(content.AsSpan(start));

        ErrorOf(bench, content).Should().Be(StateError.Inconsistent);
    }

    public static TheoryData<string, (int Start, int Length, long Value)[]> Contradictions => new()
    {
        { "ended without an outcome", [(Phase, 1, (byte)ServerPhase.Ended), (Remaining, 8, -1)] },
        { "not started in round 1", [(Phase, 1, (byte)ServerPhase.NotStarted), (Remaining, 8, -1)] },
        { "not started in no round, with an attempt", [(Phase, 1, (byte)ServerPhase.NotStarted), (Remaining, 8, -1), (Round, 4, 0)] },
        { "not started in no round, with a try", [(Phase, 1, (byte)ServerPhase.NotStarted), (Remaining, 8, -1), (Round, 4, 0), (Attempt, 4, 0)] },
        { "waiting for a round after one without an aggregate", [(Round, 4, 2)] },
        { "waiting for no attempt", [(Attempt, 4, 0)] },
        { "waiting for the first attempt without a try", [(Tries, 4, 0)] },
        { "waiting for no attempt and no try", [(Attempt, 4, 0), (Tries, 4, 0)] },
        { "waiting without a deadline", [(Remaining, 8, -1)] },
        { "completed without an aggregate", [(Phase, 1, (byte)ServerPhase.Ended), (Outcome, 1, 1), (Remaining, 8, -1)] },
        { "ended with an unknown outcome", [(Phase, 1, (byte)ServerPhase.Ended), (Outcome, 1, 77), (Remaining, 8, -1)] },
        { "ended with a deadline", [(Phase, 1, (byte)ServerPhase.Ended), (Outcome, 1, 2)] },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task State_OfAWaitingServerWithFieldsThatContradictEachOther_IsRefused(string what, (int Start, int Length, long Value)[] changes)
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.Server.StartUp();
        byte[] content = TestBench.ContentOf(bench.SaveState());
        ErrorOf(bench, content).Should().BeNull();
        foreach ((int start, int length, long value) in changes)
        {
            var field = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(field, value);
            field.AsSpan(0, length).CopyTo(content.AsSpan(start));
        }

        ErrorOf(bench, content).Should().Be(StateError.Inconsistent, what);
    }

    [Theory]
    [InlineData(Weighting.Clear)]
    [InlineData(Weighting.Hidden)]
    public async Task State_WhoseContributionsAreFewerThanItsSum_IsRefused(Weighting weighting)
    {
        // Where weights are hidden their sum tells nothing: only the list of slots can contradict the sum.
        using TestBench bench = await CollectingAsync(weighting);
        byte[] content = TestBench.ContentOf(bench.SaveState());
        int last = ContributionStart(content, "c2");
        byte[] shorter = [.. content[..last], .. content[(last + ContributionLength)..]];
        Span<byte> count = shorter.AsSpan(ContributionStart(content, "c1") - sizeof(int));
        BinaryPrimitives.ReadInt32LittleEndian(count).Should().Be(2);
        BinaryPrimitives.WriteInt32LittleEndian(count, 1);

        ErrorOf(bench, content).Should().BeNull();
        ErrorOf(bench, shorter).Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task State_WhoseWeightsAreNotTheirSum_IsRefused()
    {
        using TestBench bench = await CollectingAsync(Weighting.Clear);
        byte[] content = TestBench.ContentOf(bench.SaveState());
        Span<byte> weight = content.AsSpan(ContributionStart(content, "c1") + NameLength + 4 + 4 + 32);
        BinaryPrimitives.ReadInt64LittleEndian(weight).Should().Be(10);
        BinaryPrimitives.WriteInt64LittleEndian(weight, 11);

        ErrorOf(bench, content).Should().Be(StateError.Inconsistent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(101)]
    public async Task State_OfAWeightOutOfRange_IsRefused(long weight)
    {
        using TestBench bench = await CollectingAsync(Weighting.Clear);
        byte[] content = TestBench.ContentOf(bench.SaveState());
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(ContributionStart(content, "c1") + NameLength + 4 + 4 + 32), weight);

        ErrorOf(bench, content).Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task State_OfAContributionOfAClientThatWasNotInvited_IsRefused()
    {
        using TestBench bench = await CollectingAsync(Weighting.Clear);
        byte[] content = TestBench.ContentOf(bench.SaveState());
        byte[] all = [4, 0, 0, 0, .. Name("c1"), .. Name("c2"), .. Name("c3"), .. Name("c4")];
        int start = content.AsSpan().LastIndexOf(all);
        start.Should().BeGreaterThan(content.AsSpan().IndexOf(all), "the available clients come first, and the invited ones last");
        byte[] without = [.. content[..start], 3, 0, 0, 0, .. content[(start + sizeof(int) + NameLength)..]];

        ErrorOf(bench, without).Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task State_OfAClientThatIsNotInTheRosterOrTwice_IsRefused()
    {
        using TestBench bench = await CollectingAsync(Weighting.Clear);
        byte[] content = TestBench.ContentOf(bench.SaveState());
        byte[] available = [4, 0, 0, 0, .. Name("c1"), .. Name("c2")];
        int start = content.AsSpan().IndexOf(available) + sizeof(int);
        byte[] stranger = [.. content];
        Name("c9").CopyTo(stranger, start + (3 * NameLength));
        byte[] twice = [.. content];
        Name("c1").CopyTo(twice, start + (3 * NameLength));

        ErrorOf(bench, stranger).Should().Be(StateError.Inconsistent);
        ErrorOf(bench, twice).Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task State_OfWithdrawnClients_IsRefusedWhereAnyIsUnknownOrTwiceOrTooMany()
    {
        using TestBench bench = await WithdrawnAsync();
        (byte[] content, int start) = WithdrawnIn(bench);
        int names = start + sizeof(int);
        byte[] stranger = [.. content];
        Name("c9").CopyTo(stranger, names);
        byte[] twice = [.. content];
        Name("c1").CopyTo(twice, names + NameLength);
        byte[] many = [.. content[..start], 6, 0, 0, 0, .. Name("c1"), .. Name("c2"), .. Name("c3"), .. Name("c4"), .. Name("c5"), .. Name("c6"), .. content[(names + (2 * NameLength))..]];

        ErrorOf(bench, content).Should().BeNull();
        ErrorOf(bench, stranger).Should().Be(StateError.Inconsistent);
        ErrorOf(bench, twice).Should().Be(StateError.Inconsistent);
        ErrorOf(bench, many).Should().Be(StateError.Inconsistent);
    }

    /// <summary>A state of the format before, in which nothing stands between the attempt and the outbox, is not taken for another one.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task State_FromBeforeClientsCouldWithdraw_IsRefused(bool isOutboxEmpty)
    {
        using TestBench bench = await WithdrawnAsync();
        if (isOutboxEmpty)
        {
            bench.Server.LoseContact(bench.Clients[2].Client);
        }

        (byte[] content, int start) = WithdrawnIn(bench);
        byte[] before = [.. content[..start], .. content[(start + sizeof(int) + (2 * NameLength))..]];

        (BinaryPrimitives.ReadInt32LittleEndian(before.AsSpan(start)) == 0).Should().Be(isOutboxEmpty);
        ErrorOf(bench, content).Should().BeNull();
        ErrorOf(bench, before).Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task Resumed_ServerThatTookTimeToFold_ReportsTheWholeTime()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 1 });
        bench.Server.Dispose();
        bench.Server = new FederationServer(bench.ServerSetup with { Stopwatch = new SteppingTime() }).ReportingTo(bench.Reports);
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        bench.Server.Receive(uploads[0]);
        bench.Server.Receive(uploads[1]);
        byte[] state = bench.SaveState();

        // On the clock of the bench, which stands still, folding takes no time.
        using FederationServer resumed = bench.Restore(state);
        resumed.Receive(uploads[2]);
        resumed.Receive(uploads[3]);

        bench.Reports.Single().FoldTime.Should().Be(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Resumed_ServerThatRefusedMessages_ReportsThem()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 1 });
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        bench.Server.Receive(new byte[10]);
        bench.Server.Receive(bench.SignedUpload(0, bench.Update(0), round: 2));
        bench.Server.Receive(bench.SignedUpload(1, bench.Update(1), round: 2));

        using FederationServer resumed = bench.Restore(bench.SaveState());
        uploads.ToList().ForEach(upload => resumed.Receive(upload));

        bench.Reports.Single().Refusals[RefusalReason.WrongRound].Should().Be(2);
        bench.Reports.Single().Refusals.Values.Sum().Should().Be(3);
    }

    [Fact]
    public async Task Resumed_ServerOfARoundThatTookTime_ReportsItsBeginningAndDuration()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 1 });
        DateTimeOffset started = bench.Time.GetUtcNow();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        bench.Time.Pass(TimeSpan.FromSeconds(70));
        using FederationServer resumed = bench.Restore(bench.SaveState());
        bench.Time.Pass(TimeSpan.FromSeconds(5));

        uploads.ToList().ForEach(upload => resumed.Receive(upload));

        (bench.Reports.Single().StartedAt, bench.Reports.Single().ClosedAt).Should().Be((started, started + TimeSpan.FromSeconds(75)));
    }

    /// <summary>A server with two of four uploads.</summary>
    private static async Task<TestBench> CollectingAsync(Weighting weighting)
    {
        TestBench bench = await TestBench.CreateAsync(new BenchOptions { Weighting = weighting });
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        bench.Server.Receive(uploads[0]);
        bench.Server.Receive(uploads[1]);
        return bench;
    }

    /// <summary>A server of a job with control terms that waits for clients, of which two have withdrawn.</summary>
    private static async Task<TestBench> WithdrawnAsync()
    {
        TestBench bench = await ControlBench.CreateAsync(rounds: 2);
        bench.Server.StartUp();
        bench.Server.Receive(ControlBench.Withdrawal(bench, 0));
        bench.Server.Receive(ControlBench.Withdrawal(bench, 1));
        bench.Server.Receive(bench.Clients[2].Announce());
        return bench;
    }

    /// <summary>The content of the state, and where its withdrawn clients begin.</summary>
    private static (byte[] Content, int Start) WithdrawnIn(TestBench bench)
    {
        byte[] content = TestBench.ContentOf(bench.SaveState());
        int start = content.AsSpan().LastIndexOf((byte[])[2, 0, 0, 0, .. Name("c1"), .. Name("c2")]);
        start.Should().BePositive();
        return (content, start);
    }

    private static byte[] Name(string name) => [(byte)name.Length, 0, .. Encoding.ASCII.GetBytes(name)];

    /// <summary>The start of the contribution of a client to round 1, attempt 1.</summary>
    private static int ContributionStart(byte[] content, string client)
    {
        byte[] slot = [.. Name(client), 1, 0, 0, 0, 1, 0, 0, 0];
        int start = content.AsSpan().IndexOf(slot);
        start.Should().BePositive();
        return start;
    }

    /// <summary>Seals a content under the server's signature, with the round and the attempt that it states in its stamp too.</summary>
    private static byte[] Seal(TestBench bench, byte[] content)
    {
        StateStamp stamp = bench.Server.Stamp with
        {
            Round = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(Round)),
            Attempt = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(Attempt)),
        };
        var bytes = new ArrayBufferWriter<byte>();
        StateEnvelope.Write(WireKind.ServerState, bench.Context.ParametersId, bench.Job.Digest, stamp, content, bench.ServerIdentity.Key, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static StateError? ErrorOf(TestBench bench, byte[] content)
    {
        try
        {
            bench.Restore(Seal(bench, content)).Dispose();
            return null;
        }
        catch (StateRefusedException exception)
        {
            return exception.Error;
        }
    }

    /// <summary>A clock on which a second passes between any two looks.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds++;
    }
}
