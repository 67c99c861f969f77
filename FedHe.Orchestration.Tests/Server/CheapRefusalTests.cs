using System.Buffers.Binary;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>Refusing a message costs little, and asking for an aggregate does not cost many.</summary>
public sealed class CheapRefusalTests
{
    [Fact]
    public async Task Message_LongerThanAnyOfItsKind_IsTooLarge()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        int longest = (int)bench.Server.Plan.LargestUploadBytes;
        byte[] upload = bench.SignedUpload(0, new byte[longest - bench.SignedUpload(0, []).Length]);
        upload.Length.Should().Be(longest);

        bench.ReasonIn(bench.Server.Receive(upload)).Should().Be(RefusalReason.Malformed);
        bench.ReasonIn(bench.Server.Receive(bench.SignedUpload(0, new byte[longest]))).Should().Be(RefusalReason.TooLarge);
        bench.ReasonIn(bench.Server.Receive(Stretched(bench.Clients[0].Announce(), 4096))).Should().Be(RefusalReason.Malformed);
        bench.ReasonIn(bench.Server.Receive(Stretched(bench.Clients[0].Announce(), 4097))).Should().Be(RefusalReason.TooLarge);
    }

    [Fact]
    public async Task Client_MessageLongerThanAnyOfItsKind_IsMalformed()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        int longest = (int)client.Plan.LargestAggregateBytes;
        byte[] fits = bench.FromServer(new AggregateMessage(bench.JobId, 1, new byte[longest - bench.FromServer(new AggregateMessage(bench.JobId, 1, default)).Length]));
        byte[] exceeds = bench.FromServer(new AggregateMessage(bench.JobId, 1, new byte[longest]));

        (await client.HandleAsync(fits)).Ignored.Should().Be(IgnoredReason.BadAggregate);
        (await client.HandleAsync(exceeds)).Ignored.Should().Be(IgnoredReason.Malformed);
        (await client.HandleAsync(Stretched(bench.FromServer(new Conclusion(bench.JobId, FederationOutcome.Completed, 2)), 5000))).Ignored
            .Should().Be(IgnoredReason.Malformed);
    }

    [Fact]
    public async Task Upload_WhoseCopyWasDamagedOnItsWay_IsNotSettledByTheRefusal()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        byte[] genuine = (await bench.TrainAsync(bench.StartWithAll()))[client.Client].ToArray();
        byte[] damaged = [.. genuine];
        damaged[^100] ^= 1;

        foreach (OutgoingMessage answer in bench.Server.Receive(damaged))
        {
            await client.ReceiveAsync(answer.Bytes);
        }

        client.UnacknowledgedUpload.Should().NotBeNull("the server does not have it");
    }

    [Fact]
    public async Task Upload_WhoseContentWasReplaced_IsRefusedAndTheGenuineOneStillCounts()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        byte[] genuine = uploads.Values.First().ToArray();
        byte[] replaced = [.. genuine];
        replaced[^100] ^= 1;

        bench.ReasonIn(bench.Server.Receive(replaced)).Should().Be(RefusalReason.BadSignature);
        bench.ReasonIn(bench.Server.Receive(genuine)).Should().Be(RefusalReason.None);
        bench.ReasonIn(bench.Server.Receive(replaced)).Should().Be(RefusalReason.None, "the head names what was accepted, and nothing else is read");
        bench.Server.Contributions.Should().ContainSingle();
    }

    [Fact]
    public async Task Aggregate_WhoseContentWasReplaced_IsIgnored()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks" });
        List<OutgoingMessage> closing = [];
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(bench.StartWithAll())).Values)
        {
            closing.AddRange(bench.Server.Receive(upload));
        }

        byte[] genuine = closing.First(message => message.Kind == MessageKind.Aggregate).Bytes.ToArray();
        byte[] replaced = [.. genuine];
        replaced[^1000] ^= 1;

        (await bench.Clients[0].HandleAsync(replaced)).Ignored.Should().Be(IgnoredReason.ServerSignature);
        (await bench.Clients[0].HandleAsync(genuine)).Ignored.Should().BeNull();
    }

    [Fact]
    public async Task AggregateRequest_Replayed_IsAnsweredOnceAndTakesNothingFromTheClient()
    {
        using TestBench bench = await EndedAsync();
        var client = new FederationClient(bench.ClientSetup(0));
        ReadOnlyMemory<byte> recorded = client.AskForLatest();

        bench.Server.Receive(recorded).Should().Contain(message => message.Kind == MessageKind.Aggregate);
        for (int i = 0; i < 50; i++)
        {
            bench.ReasonIn(bench.Server.Receive(recorded)).Should().Be(RefusalReason.TooManyRequests);
        }

        bench.Server.Receive(client.AskForLatest()).Should().Contain(message => message.Kind == MessageKind.Aggregate);
    }

    [Fact]
    public async Task AggregateRequests_OfOneClientInOneRound_AreCounted()
    {
        using TestBench bench = await EndedAsync();
        var client = new FederationClient(bench.ClientSetup(0));
        int answered = 0;
        for (int i = 0; i < 40; i++)
        {
            ReadOnlyMemory<byte> request = i % 2 == 0 ? client.AskForLatest() : client.Announce();
            answered += bench.Server.Receive(request).Count(message => message.Kind == MessageKind.Aggregate);
        }

        answered.Should().Be(16);
        var other = new FederationClient(bench.ClientSetup(1));
        bench.Server.Receive(other.AskForLatest()).Should().Contain(message => message.Kind == MessageKind.Aggregate);
    }

    [Fact]
    public async Task Aggregates_ForManyClients_AreOneBuffer()
    {
        using TestBench bench = await EndedAsync();
        List<ReadOnlyMemory<byte>> answers = [.. bench.Clients.Select((_, i) => new FederationClient(bench.ClientSetup(i)))
            .SelectMany(client => bench.Server.Receive(client.AskForLatest())).Select(message => message.Bytes)];

        answers.Should().HaveCount(4).And.OnlyContain(bytes => bytes.Equals(answers[0]));
    }

    private static async Task<TestBench> EndedAsync()
    {
        TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 1 });
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(bench.StartWithAll())).Values)
        {
            bench.Server.Receive(upload);
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        return bench;
    }

    /// <summary>A message with bytes behind it that its header counts.</summary>
    private static byte[] Stretched(ReadOnlyMemory<byte> message, int length)
    {
        byte[] stretched = [.. message.ToArray(), .. new byte[length - message.Length]];
        BinaryPrimitives.WriteInt64LittleEndian(stretched.AsSpan(40), length - 48);
        return stretched;
    }
}
