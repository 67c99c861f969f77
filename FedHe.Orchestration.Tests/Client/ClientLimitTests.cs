using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Client;

/// <summary>What a client keeps to by itself, whatever the server would refuse.</summary>
public sealed class ClientLimitTests
{
    [Theory]
    [InlineData(7, 7)]
    [InlineData(99, 99)]
    [InlineData(100, 100)]
    [InlineData(101, 100)]
    [InlineData(long.MaxValue, 100)]
    [InlineData(0, 1)]
    [InlineData(-5, 1)]
    public async Task Client_OfAStrategyThatLimitsWeights_SendsNoMore(long limit, long expected)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions
        {
            MaxWeight = 100,
            Samples = [100, 100, 100, 100],
            Strategy = new LimitingStrategy(limit),
        });
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;

        var upload = (Upload)bench.Parse((await bench.Clients[0].ReceiveAsync(invitation)).Single());

        using EncryptedModelUpdate update = new UpdateReader(bench.Authority.PublicContext, bench.Terms).Read(upload.Update);
        update.Weight.Should().Be(expected);
        bench.Trainers[0].Results.Single().Task.WeightLimit.Should().Be(expected);
        bench.ReasonIn(bench.Server.Receive(MessageFormat.WriteSigned(upload, bench.Context.ParametersId, bench.Identities[0])))
            .Should().Be(RefusalReason.None);
    }

    [Theory]
    [InlineData(12, 12)]
    [InlineData(100, 100)]
    [InlineData(250, 100)]
    public async Task Client_OfItsSamples_SendsThemUpToTheLargestWeight(long samples, long expected)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { MaxWeight = 100, Samples = [samples, 10, 10, 10] });

        var upload = (Upload)bench.Parse((await bench.Clients[0].ReceiveAsync(bench.StartWithAll()[0].Bytes)).Single());

        using EncryptedModelUpdate update = new UpdateReader(bench.Authority.PublicContext, bench.Terms).Read(upload.Update);
        update.Weight.Should().Be(expected);
    }

    [Fact]
    public async Task Client_ThatHasSentForAnAttempt_IgnoresAnEarlierOneAndKeepsItsUpload()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        byte[] first = bench.FromServer(new Invitation(bench.Slot(0, round: 1, attempt: 1), bench.Job.InitialModelDigest, 1));
        byte[] second = bench.FromServer(new Invitation(bench.Slot(0, round: 1, attempt: 2), bench.Job.InitialModelDigest, 1));
        client.Announce();
        ReadOnlyMemory<byte> upload = (await client.ReceiveAsync(second)).Single();

        (await client.ReceiveAsync(first)).Should().BeEmpty();

        client.LastIgnored.Should().Be(IgnoredReason.Outdated);
        bench.Trainers[0].Results.Should().ContainSingle("it does not train");
        client.UnacknowledgedUpload!.Value.ToArray().Should().Equal(upload.ToArray());
        (await client.ReceiveAsync(second)).Single().ToArray().Should().Equal(upload.ToArray());
    }

    [Fact]
    public async Task Client_CancelledDuringTrainingThatDoesNotLookAtIt_SendsNothing()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;
        using var cancellation = new CancellationTokenSource();
        bench.Trainers[0].Before = (_, _) => cancellation.CancelAsync();
        Func<Task> training = () => bench.Clients[0].ReceiveAsync(invitation, cancellation.Token);

        await training.Should().ThrowAsync<OperationCanceledException>();

        bench.Trainers[0].Results.Should().ContainSingle("the trainer went on to its end");
        bench.Clients[0].UnacknowledgedUpload.Should().BeNull();
        bench.Clients[0].Unacknowledged.Should().BeEmpty();
        bench.Trainers[0].Before = null;
        (await bench.Clients[0].ReceiveAsync(invitation)).Should().ContainSingle("it can try again");
    }

    [Theory]
    [InlineData(0, IgnoredReason.BadAggregate)]
    [InlineData(1, IgnoredReason.Malformed)]
    public async Task Client_MessageLongerThanItAccepts_IsIgnoredUnread(int excess, IgnoredReason expected)
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        int limit = (int)client.Plan.LargestAggregateBytes;
        int fields = bench.FromServer(new AggregateMessage(bench.JobId, 1, default)).Length;
        byte[] message = bench.FromServer(new AggregateMessage(bench.JobId, 1, new byte[limit - fields + excess]));
        message.Length.Should().Be(limit + excess);

        (await client.ReceiveAsync(message)).Should().BeEmpty();

        client.LastIgnored.Should().Be(expected);
    }

    [Theory]
    [InlineData(0, RefusalReason.Malformed)]
    [InlineData(1, RefusalReason.TooLarge)]
    public async Task Server_MessageLongerThanItAccepts_IsRefusedUnread(int excess, RefusalReason expected)
    {
        using TestBench bench = await TestBench.CreateAsync();
        int limit = (int)bench.Clients[0].Plan.LargestUploadBytes;
        bench.StartWithAll();
        int fields = bench.SignedUpload(0, []).Length;
        byte[] message = bench.SignedUpload(0, new byte[limit - fields + excess]);
        message.Length.Should().Be(limit + excess);

        bench.ReasonIn(bench.Server.Receive(message)).Should().Be(expected);
    }

    /// <summary>FedAvg that gives every client one limit of its weight.</summary>
    private sealed class LimitingStrategy(long limit) : IAggregationStrategy
    {
        private readonly FedAvgStrategy _inner = new();

        public string Name => _inner.Name;

        public void Validate(FederationSettings settings) => _inner.Validate(settings);

        public IReadOnlyList<ClientId> SelectClients(
            FederationJob job, int round, int attempt, IReadOnlyList<ClientId> available, IClientSampler sampler)
            => _inner.SelectClients(job, round, attempt, available, sampler);

        public TrainingTask CreateTask(FederationJob job, int round, ClientId client)
            => _inner.CreateTask(job, round, client) with { WeightLimit = limit };
    }
}
