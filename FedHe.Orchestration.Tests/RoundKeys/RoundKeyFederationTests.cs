using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>Federations under round keys keep what they promise.</summary>
public sealed class RoundKeyFederationTests
{
    [Theory]
    [InlineData("plain", 3, Weighting.Clear)]
    [InlineData("plain", 10, Weighting.Hidden)]
    [InlineData("plain", 60, Weighting.Clear)]
    [InlineData("ckks", 3, Weighting.Clear)]
    [InlineData("ckks", 3, Weighting.Hidden)]
    [InlineData("ckks", 10, Weighting.Clear)]
    [InlineData("ckks", 60, Weighting.Hidden)]
    [InlineData("ckks-exact-6", 3, Weighting.Clear)]
    [InlineData("ckks-exact-6", 10, Weighting.Hidden)]
    [InlineData("ckks-exact-6", 60, Weighting.Clear)]
    [InlineData("paillier", 3, Weighting.Clear)]
    [InlineData("paillier", 10, Weighting.Hidden)]
    public async Task Federation_WholeJob_GivesTheAverageWithinThePromisedBound(string scheme, int clients, Weighting weighting)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateAsync(
            new BenchOptions { Scheme = scheme, Clients = clients, Weighting = weighting, MaxWeight = 1000 });

        await RunAsync(lab.Bench, round => CheckAverage(lab.Bench, round, Enumerable.Range(0, clients), weighting));

        lab.Bench.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("ckks")]
    public async Task Federation_WhoseMaskLeavesALayerInClear_GivesTheAverageOfBothParts(string scheme)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateAsync(
            new BenchOptions { Scheme = scheme, Mask = EncryptionMask.Layers(TestModel.Layout, "output") });

        await RunAsync(lab.Bench, round => CheckAverage(lab.Bench, round, Enumerable.Range(0, 4), Weighting.Clear));
    }

    [Fact]
    public async Task Weights_1_50_1000_CountUpToSixteenTimesTheMedian()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateAsync(
            new BenchOptions { Scheme = "ckks", Clients = 3, Samples = [1, 50, 1000], MaxWeight = 1000 });

        await RunAsync(lab.Bench, round => CheckAverage(lab.Bench, round, [0, 1, 2], Weighting.Clear));
    }

    [Fact]
    public async Task Weight_OfAClientThatStaysAway_CostsAtMostFourBits()
    {
        double honest = await BoundWithoutTheSixthAsync(announced: 10);

        double bound = await BoundWithoutTheSixthAsync(announced: 1L << 32);

        bound.Should().BeLessThanOrEqualTo(16.01 * honest);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("ckks")]
    [InlineData("ckks-exact-6")]
    public async Task Server_RestoredAfterEveryUpload_SendsTheSameSum(string scheme)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(
            new BenchOptions { Scheme = scheme, Mask = EncryptionMask.Layers(TestModel.Layout, "output") });
        FederationServer restored = lab.Bench.Restore(lab.Bench.SaveState());
        OutgoingMessage straight = default;
        OutgoingMessage resumed = default;

        foreach (ReadOnlyMemory<byte> message in lab.Messages)
        {
            straight = AggregateIn(lab.Bench.Server.Receive(message));
            resumed = AggregateIn(restored.Receive(message));
            var state = new System.Buffers.ArrayBufferWriter<byte>();
            restored.SaveState(state);
            restored.Dispose();
            restored = lab.Bench.Restore(state.WrittenSpan.ToArray());
        }

        restored.Dispose();
        resumed.Bytes.IsEmpty.Should().BeFalse();
        TestBench.Unsigned(resumed.Bytes).Should().Equal(TestBench.Unsigned(straight.Bytes));
    }

    [Fact]
    public async Task Joiner_AfterThreeRounds_FollowsTheHistoryAndTakesPart()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateAsync(
            new BenchOptions { Scheme = "ckks", ClientsPerRound = 3, Quorum = 3, Rounds = 5 });
        IReadOnlyList<OutgoingMessage> messages = [.. lab.Bench.Clients.Take(3).SelectMany(client => lab.Bench.Server.Receive(client.Announce())), .. lab.Bench.Server.StartUp()];
        for (int round = 1; round <= 3; round++)
        {
            await lab.TrainAsync(messages);
            messages = lab.Close();
            await lab.Bench.DeliverAsync(messages, MessageKind.Aggregate);
        }

        FederationClient joiner = lab.Bench.Clients[3];
        lab.Bench.Server.Receive(joiner.Announce());
        lab.Bench.Server.LoseContact(lab.Bench.Identities[0].Client);
        lab.Bench.Time.Pass(TestBench.Deadline);
        messages = lab.Bench.Server.MoveOn();
        OutgoingMessage invitation = messages.Last(message => message.Kind == MessageKind.Invitation && message.Recipient == joiner.Client);
        ReadOnlyMemory<byte> request = (await joiner.ReceiveAsync(invitation.Bytes)).Single();
        var answers = new List<ReadOnlyMemory<byte>>();
        foreach (OutgoingMessage answer in lab.Bench.Server.Receive(request).Where(answer => answer.Kind != MessageKind.Acknowledgement))
        {
            answers.AddRange(await joiner.ReceiveAsync(answer.Bytes));
        }

        joiner.ModelRound.Should().Be(3);
        TestModel.Flat(joiner.GlobalModel).Should().Equal(TestModel.Flat(lab.Bench.Clients[1].GlobalModel));
        answers.Select(answer => lab.Bench.Parse(answer).Kind).Should().Equal(MessageKind.Confirmation, MessageKind.Upload);
        lab.Bench.ReasonIn(lab.Bench.Server.Receive(answers[1])).Should().Be(RefusalReason.None);
    }

    [Fact]
    public async Task Release_OfAModel_FollowsTheConfirmationsOfMoreThanHalf()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync();
        FederationClient client = lab.Bench.Clients[0];
        client.Release.Should().Be(ModelRelease.MayBePublished, "the initial model is public");
        var confirmations = new List<ReadOnlyMemory<byte>>();
        foreach (OutgoingMessage message in lab.Close().Where(message => message.Kind == MessageKind.Aggregate))
        {
            confirmations.AddRange(await lab.Bench.ClientOf(message).ReceiveAsync(message.Bytes));
        }

        client.Release.Should().Be(ModelRelease.Unconfirmed);
        foreach (ReadOnlyMemory<byte> confirmation in confirmations.Take(2))
        {
            lab.Bench.Server.Receive(confirmation).Should().OnlyContain(message => message.Kind == MessageKind.Acknowledgement);
        }

        await lab.Bench.DeliverAsync(lab.Bench.Server.Receive(confirmations[2]), MessageKind.Confirmations);
        lab.Bench.Clients.Should().OnlyContain(each => each.Release == ModelRelease.MayBePublished);
    }

    [Fact]
    public async Task Release_InTheDirectMode_IsForKeyHoldersOnly()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        foreach (ReadOnlyMemory<byte> upload in uploads.Values)
        {
            await bench.DeliverAsync(bench.Server.Receive(upload), MessageKind.Aggregate);
        }

        bench.Clients[0].Release.Should().Be(ModelRelease.KeyHoldersOnly);
    }

    internal static void CheckAverage(TestBench bench, int round, IEnumerable<int> contributors, Weighting weighting)
    {
        int[] indexes = [.. contributors];
        long reference = weighting == Weighting.Hidden
            ? bench.Terms.MaxWeight
            : ReferenceWeight.Of(bench.Trainers.Select(trainer => Math.Min(trainer.SampleCount, bench.Terms.MaxWeight)));
        IEnumerable<TrainedModel> results = indexes.Select(
            index => bench.Trainers[index].Results.Last(result => result.Task.Round == round).Result);
        double[] expected = TestModel.Average(results, reference);
        AveragedModel average = bench.Clients[indexes[0]].LatestAverage!;
        double[] actual = TestModel.Flat(average.Parameters);
        average.Contributions.Should().Be(indexes.Length);
        average.MaxErrorBound.Should().BeLessThan(1e-4);
        for (int i = 0; i < expected.Length; i++)
        {
            actual[i].Should().BeApproximately(expected[i], average.MaxErrorBound);
        }
    }

    internal static async Task RunAsync(TestBench bench, Action<int> afterRound)
    {
        var queue = new Queue<OutgoingMessage>(bench.StartWithAll());
        int round = 0;
        while (queue.TryDequeue(out OutgoingMessage message))
        {
            if (message.Recipient is null)
            {
                continue;
            }

            FederationClient client = bench.ClientOf(message);
            foreach (ReadOnlyMemory<byte> answer in await client.ReceiveAsync(message.Bytes))
            {
                foreach (OutgoingMessage next in bench.Server.Receive(answer))
                {
                    queue.Enqueue(next);
                }
            }

            client.LastIgnored.Should().BeNull();
            if (bench.Clients[0].ModelRound > round)
            {
                afterRound(++round);
            }
        }

        round.Should().Be(bench.Options.Rounds);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == round && client.Release == ModelRelease.MayBePublished);
    }

    private static async Task<double> BoundWithoutTheSixthAsync(long announced)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(
            new BenchOptions { Scheme = "ckks", Clients = 6, Samples = [10, 10, 10, 10, 10, announced], MaxWeight = 1L << 32 });
        lab.Close(lab.Messages[..5]);
        lab.Bench.Time.Pass(TestBench.Deadline);
        await lab.Bench.DeliverAsync(lab.Bench.Server.MoveOn(), MessageKind.Aggregate);
        CheckAverage(lab.Bench, 1, Enumerable.Range(0, 5), Weighting.Clear);
        return lab.Bench.Clients[0].LatestAverage!.MaxErrorBound;
    }

    private static OutgoingMessage AggregateIn(IReadOnlyList<OutgoingMessage> messages)
        => messages.FirstOrDefault(message => message.Kind == MessageKind.Aggregate);
}
