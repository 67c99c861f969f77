using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Squeezing;

/// <summary>What a client does not send stays with it, and what it sends arrives where it belongs.</summary>
public sealed class SqueezeResidualTests
{
    private const int Clients = 3;

    private static readonly Digest Seed = Digest.Compute("job"u8);

    private static readonly ModelLayout Layout = new(
        new TensorSpec("a", ElementType.Float64, [50], 2), new TensorSpec("steps", ElementType.Int64, [1]), new TensorSpec("b", ElementType.Float32, [30], 8));

    public static TheoryData<string, Weighting> Federations => new()
    {
        { "plain", Weighting.Clear },
        { "plain", Weighting.Hidden },
        { "ckks-fitted-seeded", Weighting.Clear },
        { "ckks-paper-seeded", Weighting.Hidden },
    };

    [Theory]
    [MemberData(nameof(Federations))]
    public void Rounds_OfSqueezedDifferences_ContributeEverythingInTheEnd(string scheme, Weighting weighting)
    {
        var squeeze = new SparsificationTerms(20, 5, warmUpRounds: 1);
        AggregationTerms terms = SqueezedUpdates.TermsOf(squeeze, new AggregationTerms(Layout, weighting, maxWeight: 4));
        terms.Layout.ParameterCount.Should().Be(20 + SqueezedUpdates.MarkCount);
        using var federation = new TestFederation(SchemeCase.Named(scheme), terms);
        ModelParameters model = Model(_ => 0);
        var pass = SqueezePass.Initial(squeeze, Layout, Seed);
        var residuals = Enumerable.Range(0, Clients).Select(_ => SqueezeResidual.Zero(80)).ToArray();
        var contributed = new double[80];
        double[] learned = new double[80];
        double tolerance = 0;
        for (int round = 1; round <= 12; round++)
        {
            var trained = new ModelParameters[Clients];
            var uploads = new List<byte[]>();
            for (int i = 0; i < Clients; i++)
            {
                var random = new Random((100 * round) + i);
                double[] moves = [.. Enumerable.Range(0, 80).Select(_ => (random.NextDouble() - 0.5) / 8)];
                double[] flat = Flat(model);
                trained[i] = Model(j => flat[j] + moves[j]);
                uploads.Add(Upload(federation, residuals[i], trained[i], model, pass, weight: i + 1, i));
            }

            using EncryptedAggregate aggregate = federation.AggregateReader.Read(federation.Aggregate(uploads));
            AveragedModel average = federation.Decryptor.DecryptSqueezed(aggregate, pass, model, model, out SqueezePass next);
            double[] before = Flat(model);
            double[] after = Flat(average.Parameters);
            for (int j = 0; j < 80; j++)
            {
                learned[j] += Enumerable.Range(0, Clients).Sum(i => (i + 1) * (Flat(trained[i])[j] - before[j])) / 6;
                contributed[j] += after[j] - before[j];
                (after[j] != before[j]).Should().Be(pass.Positions.IsEncrypted(j), $"position {j} travelled or stayed");
            }

            tolerance += average.MaxErrorBound + 1e-6;
            residuals = [.. residuals.Select((residual, i) => residual.After(new ModelDifference(trained[i], model), pass, isCounted: true))];
            double[] kept = [.. Enumerable.Range(0, 80).Select(j => Enumerable.Range(0, Clients).Sum(i => (i + 1) * (double)residuals[i].Values[j]) / 6)];
            for (int j = 0; j < 80; j++)
            {
                (contributed[j] + kept[j]).Should().BeApproximately(learned[j], tolerance, "what was learned was contributed or is kept");
            }

            tolerance.Should().BeLessThan(0.01 * learned.Max(Math.Abs));
            (model, pass) = (average.Parameters, next);
        }
    }

    [Fact]
    public void Residual_OfAnUploadThatDidNotCount_KeepsEverything()
    {
        var pass = SqueezePass.Initial(new SparsificationTerms(10), Layout, Seed);
        ModelDifference difference = new(Model(i => 0.01 * (i + 1)), Model(_ => 0));
        SqueezeResidual before = SqueezeResidual.TryCreate([.. Enumerable.Range(0, 80).Select(i => 0.5f)])!;

        float[] lost = before.After(difference, pass, isCounted: false).Values.ToArray();
        float[] counted = before.After(difference, pass, isCounted: true).Values.ToArray();
        float[] unknown = before.After(difference: null, pass, isCounted: true).Values.ToArray();

        for (int i = 0; i < 80; i++)
        {
            bool travelled = pass.Positions.IsEncrypted(i);
            lost[i].Should().BeApproximately(0.5f + (0.01f * (i + 1)), 1e-6f);
            counted[i].Should().Be(travelled ? 0 : lost[i]);
            unknown[i].Should().Be(travelled ? 0 : 0.5f);
        }
    }

    [Fact]
    public void Residual_ThatStaysOutOfARound_GainsWhatTheRoundLeaves()
    {
        SqueezeResidual one = SqueezeResidual.TryCreate([1, -2, float.MaxValue])!;
        one.Plus(SqueezeResidual.TryCreate([0.5f, 2, float.MaxValue])!).Values.ToArray().Should().Equal([1.5f, 0, float.MaxValue], "it stays finite");
        FluentActions.Invoking(() => one.Plus(SqueezeResidual.Zero(2))).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Residual_AddedToAModel_IsWhereTrainingGoesOn()
    {
        SqueezeResidual residual = SqueezeResidual.TryCreate([.. Enumerable.Range(0, 80).Select(i => i == 0 ? 3f : i == 60 ? -20f : 0.25f * i / 80)])!;
        double[] sum = Flat(residual.AddTo(Model(i => 0.5)));
        for (int i = 0; i < 80; i++)
        {
            sum[i].Should().BeApproximately(i == 0 ? 2 : i == 60 ? -8 : 0.5 + (0.25 * i / 80), 1e-6, "it ends at the bound");
        }

        FluentActions.Invoking(() => residual.AddTo(TestModels.Random(TestModels.Line(79), 1))).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Values_BeyondTheirBound_TravelAsTheBoundAndTheRestWaits()
    {
        var pass = SqueezePass.Initial(new SparsificationTerms(80), Layout, Seed);
        ModelDifference difference = new(Model(i => i == 0 ? -2 : i == 79 ? 8 : 0.5), Model(_ => 0));
        SqueezeResidual before = SqueezeResidual.TryCreate([.. Enumerable.Range(0, 80).Select(i => i == 0 ? -1f : i == 79 ? 3f : 0)])!;

        using SqueezedDifference squeezed = before.Squeeze(difference, pass);
        SqueezeResidual after = before.After(difference, pass, isCounted: true);

        squeezed.Clamped.Should().Be(2);
        double[] values = new double[80];
        squeezed.CopyFlatTo(0, values);
        (values[0], values[1], values[79]).Should().Be((-1, 0.25, 1));
        after.Values.ToArray().Should().Equal([-1, .. new float[78], 3]);
    }

    [Fact]
    public void Difference_ThatIsNotFinite_IsRefusedWhereverItIs()
    {
        var pass = SqueezePass.Initial(new SparsificationTerms(1), Layout, Seed);
        int staying = Enumerable.Range(0, 80).First(i => !pass.Positions.IsEncrypted(i));
        var difference = new ModelDifference(Model(i => i == staying ? double.NaN : 0), Model(_ => 0));
        FluentActions.Invoking(() => SqueezeResidual.Zero(80).Squeeze(difference, pass)).Should().Throw<ModelValueException>();
        FluentActions.Invoking(() => SqueezeResidual.Zero(80).After(difference, pass, isCounted: true)).Should().Throw<ModelValueException>();
        SqueezeResidual.TryCreate([0, float.NaN]).Should().BeNull();
        FluentActions.Invoking(() => SqueezeResidual.Zero(79).Squeeze(difference, pass)).Should().Throw<HeMismatchException>();
    }

    [Theory]
    [InlineData("plain", 1)]
    [InlineData("ckks-paper-public", 1)]
    [InlineData("ckks-paper-public", 1000)]
    public void Sum_WithAClientOfOtherPositions_IsRefused(string scheme, long others)
    {
        var squeeze = new SparsificationTerms(10);
        AggregationTerms terms = SqueezedUpdates.TermsOf(squeeze, new AggregationTerms(Layout, Weighting.Clear, maxWeight: 1000));
        using var federation = new TestFederation(SchemeCase.Named(scheme), terms);
        var pass = SqueezePass.Initial(squeeze, Layout, Seed);
        SqueezePass other = pass.Next(new double[10]);
        ModelParameters model = Model(_ => 0);
        ModelParameters trained = Model(_ => 0.1);
        byte[] One(SqueezePass of, long weight, int client) => Upload(federation, SqueezeResidual.Zero(80), trained, model, of, weight, client);

        using EncryptedAggregate right = federation.AggregateReader.Read(federation.Aggregate(One(pass, others, 1), One(pass, 1, 2)));
        federation.Decryptor.DecryptSqueezed(right, pass, model, model, out _).Should().NotBeNull();
        FluentActions.Invoking(() => federation.Decryptor.DecryptSqueezed(right, other, model, model, out _)).Should().Throw<PositionsMismatchException>();
        using EncryptedAggregate mixed = federation.AggregateReader.Read(federation.Aggregate(One(pass, others, 1), One(other, 1, 2)));
        FluentActions.Invoking(() => federation.Decryptor.DecryptSqueezed(mixed, pass, model, model, out _)).Should().Throw<PositionsMismatchException>();
        ModelParameters foreign = TestModels.Random(TestModels.Line(80), 1);
        FluentActions.Invoking(() => federation.Decryptor.DecryptSqueezed(right, pass, foreign, foreign, out _)).Should().Throw<HeMismatchException>();
    }

    private static byte[] Upload(
        TestFederation federation, SqueezeResidual residual, ModelParameters trained, ModelParameters model, SqueezePass pass, long weight, int client)
    {
        using SqueezedDifference squeezed = residual.Squeeze(new ModelDifference(trained, model), pass);
        return federation.StreamedUpload(squeezed, weight, client);
    }

    private static ModelParameters Model(Func<int, double> value) => ModelParameters.CreateBuilder(Layout)
        .Set<double>("a", [.. Enumerable.Range(0, 50).Select(value)])
        .Set<long>("steps", [1])
        .Set<float>("b", [.. Enumerable.Range(50, 30).Select(i => (float)value(i))])
        .Build();

    private static double[] Flat(ModelParameters model) => [.. model.Get<double>("a"), .. model.Get<float>("b").ToArray().Select(value => (double)value)];
}
