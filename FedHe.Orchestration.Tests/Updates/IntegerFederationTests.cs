using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Tests.RoundKeys;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>Jobs whose updates are integers add them up without any error, whatever protects the round keys.</summary>
public sealed class IntegerFederationTests
{
    private const double Step = 1.0 / 1024;
    private static readonly IntegerTerms Terms = new(Step, bound: 8 * 1024);

    [Theory]
    [InlineData("ckks", UpdateKind.Difference)]
    [InlineData("ckks", UpdateKind.Model)]
    [InlineData("ckks-exact-6", UpdateKind.Difference)]
    [InlineData("paillier", UpdateKind.Difference)]
    [InlineData("plain", UpdateKind.Difference)]
    [InlineData(null, UpdateKind.Difference)]
    [InlineData(null, UpdateKind.Model)]
    public async Task Federation_OfIntegers_GivesExactlyTheAverageOfTheRoundedUpdates(string? scheme, UpdateKind kind)
    {
        using HeContext? context = scheme is null ? null : Schemes.Create(scheme);
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(4);
        InProcessFederationSetup setup = Setup(context, trainers, kind);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        double[] before = TestModel.Flat(setup.InitialModel);
        int rounds = 0;
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            double[][] trained = [.. trainers.Values.Cast<FakeTrainer>().Select(trainer => TestModel.Flat(
                trainer.Results.Single(result => result.Task.Round == outcome.Report.Round).Result.Parameters))];
            double[] expected = [.. before.Select((start, i) => PlainAverage(trained, i, kind == UpdateKind.Difference ? start : 0, trained.Length))];

            TestModel.Flat(outcome.Model!.Parameters).Should().Equal(expected, "bit for bit");
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i].Should().BeApproximately(trained.Average(model => model[i]), outcome.Model.MaxErrorBound, "the bound includes the rounding of clients");
            }

            before = expected;
            rounds++;
        }

        rounds.Should().Be(3);
        federation.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(before));
    }

    [Fact]
    public async Task Integer_BeyondTheBound_IsRefusedByTheClientOrMovedToTheBound()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(new IntegerTerms(Step, bound: 4)));
        ReadOnlyMemory<byte> invitation = bench.StartWithAll().First(message => message.Recipient == bench.Clients[1].Client && message.Kind == MessageKind.Invitation).Bytes;
        var clamping = new FederationClient(bench.ClientSetup(1) with { BoundPolicy = BoundPolicy.Clamp });

        Func<Task> train = () => bench.Clients[1].ReceiveAsync(invitation);

        (await train.Should().ThrowAsync<ModelValueException>()).Which.Error.Should().Be(ValueError.OutsideBound);
        (await clamping.ReceiveAsync(invitation)).Should().ContainSingle();
    }

    [Fact]
    public async Task Sum_BeyondTheContributorsTimesTheBound_IsABadAggregate()
    {
        // The encryption has room for integers up to 2048, and honest clients send none above 1025.
        const long Bound = 1025;
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(Options(new IntegerTerms(1.0 / 256, Bound)));
        RoundKeyLab.Part[] parts = lab.All;
        RoundKeyLab.Part[] atTheBound = [.. Enumerable.Range(0, 4).Select(index => Upload(lab, index, Bound))];
        RoundKeyLab.Part[] beyond = [.. atTheBound[..3], Upload(lab, 3, Bound + 1)];

        (await lab.DeliverAsync(lab.Sum(beyond), index: 0)).Should().Be(IgnoredReason.BadAggregate);
        (await lab.DeliverAsync(lab.Sum(atTheBound), index: 1)).Should().BeNull();
        (await lab.DeliverAsync(lab.Sum(parts), index: 2)).Should().BeNull();
        lab.Bench.Clients.Select(client => client.ModelRound).Should().Equal(0, 1, 1, 0);
    }

    [Fact]
    public async Task RoundKeys_OfIntegers_HoldTheSumAndNoMore()
    {
        using TestBench bench = await TestBench.CreateAsync(Options(Terms));

        bench.Job.RoundKeyParameters!.ValueEncoding.Should().Be(KeyAdditiveEncoding.ExactIntegers);
        bench.Job.RoundKeyParameters.Scale.Should().Be(8 * 1024);
        bench.Server.Plan.Remarks.Should().Contain(remark => remark.Contains("exact", StringComparison.Ordinal));
    }

    private static BenchOptions Options(IntegerTerms integers) => new()
    {
        Scheme = "ckks",
        Protection = JobProtection.RoundKeys,
        MaxWeight = 1,
        Update = new UpdateTerms(UpdateKind.Difference, integers),
    };

    private static InProcessFederationSetup Setup(HeContext? context, Dictionary<ClientId, ILocalTrainer> trainers, UpdateKind kind)
        => InProcessFederationTests.Setup(context!, trainers) with
        {
            Terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, maxWeight: 1),
            Protection = JobProtection.RoundKeys,
            Update = new UpdateTerms(kind, Terms),
        };

    private static double PlainAverage(double[][] trained, int i, double start, int clients)
    {
        double sum = trained.Sum(model => Math.Round((model[i] - start) / Step));
        return Math.Clamp(start + (sum * Step / clients), -TestModel.Bound, TestModel.Bound);
    }

    /// <summary>Makes an upload whose integers are all the same, with right tags.</summary>
    private static RoundKeyLab.Part Upload(RoundKeyLab lab, int index, long value)
    {
        var inner = new KeyAdditiveContext(lab.Protocol.Parameters);
        var keys = new OuterKeyProtector(inner, lab.Protocol.Outer!, lab.Bench.Keys[index].CreateEncryptor());
        var protector = new UploadProtector(lab.Protocol, inner, lab.Bench.Keys[index].TagKey, BoundPolicy.Refuse);
        var integers = new long[TestModel.Layout.ParameterCount];
        Array.Fill(integers, value);
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        protector.Protect(
            lab.Attempt, new IntegerVector(lab.Protocol.Terms, integers, bound: 2048), weight: 1, lab.Bench.Slot(index), keys, bytes);
        return lab.PartOf(ProtectedUpdate.TryRead(bytes.WrittenMemory)!, lab.Bench.Identities[index].Client);
    }
}
