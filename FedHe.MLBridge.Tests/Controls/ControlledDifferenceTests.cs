using FedHe.Crypto.Errors;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Controls;

/// <summary>Models and control variates move as the paper's algorithm says, and the mean of the control variates stays the mean.</summary>
public sealed class ControlledDifferenceTests
{
    private const int Clients = 6;
    private const int Values = 80;

    private static ModelLayout Layout { get; } = new(
        new TensorSpec("a", ElementType.Float64, [50], bound: 2),
        new TensorSpec("steps", ElementType.Int64, [1]),
        TensorSpec.Local("norm", ElementType.Float32, [3]),
        new TensorSpec("b", ElementType.Float64, [5, 6], bound: 8));

    private static ControlTerms Controls { get; } = new(bound: 4);

    [Theory]
    [InlineData("plain", 1)]
    [InlineData("plain", 0.5)]
    [InlineData("plain", 1.75)]
    [InlineData("ckks-paper-public", 1)]
    public void Rounds_OfSomeOfTheClients_FollowThePapersAlgorithm(string scheme, double globalStep)
    {
        var controls = new ControlTerms(Controls.Bound, globalStep);
        QuadraticSilo[] silos = QuadraticSilo.Different(Clients, Values);
        using var federation = new TestFederation(
            SchemeCase.Named(scheme), ControlledUpdates.TermsOf(controls, new AggregationTerms(Layout, Weighting.Clear, maxWeight: 1)));
        var expected = new LiteralScaffold(silos, [.. Enumerable.Range(0, Values).Select(j => 0.01 * j)], globalStep);
        ModelParameters model = Model(expected.X);
        var mean = ControlVariate.Zero(Values);
        ControlVariate[] own = [.. Enumerable.Range(0, Clients).Select(_ => ControlVariate.Zero(Values))];
        var random = new Random(3);
        for (int round = 1; round <= 8; round++)
        {
            int[] sampled = [.. Enumerable.Range(0, Clients).OrderBy(_ => random.Next()).Take(round % 2 == 0 ? 4 : 5)];
            ControlledDifference[] sent = [.. sampled.Select(i => Train(silos[i], model, mean, own[i], controls))];
            byte[] bytes = federation.Aggregate(sent.Select((difference, at) => federation.StreamedUpload(difference, weight: 1, client: at + 1)));
            using EncryptedAggregate aggregate = federation.AggregateReader.Read(bytes);
            AveragedModel moved = federation.Decryptor.DecryptControlled(aggregate, controls, mean, Clients, model, model, out mean);
            moved.Contributions.Should().Be(sampled.Length);
            model = moved.Parameters;
            for (int at = 0; at < sampled.Length; at++)
            {
                own[sampled[at]] = sent[at].After;
            }

            expected.Round(sampled);

            // Corrections and what is kept are in single precision; the error of the encryption goes along from round to round.
            double tolerance = scheme == "plain" ? 1e-6 : 1e-6 + (round * 2 * moved.MaxErrorBound);
            tolerance.Should().BeLessThan(1e-3);
            ShouldBe(Flat(model), expected.X, tolerance, $"model of round {round}");
            ShouldBe(Widen(mean), expected.C, tolerance, $"mean of round {round}");
            for (int i = 0; i < Clients; i++)
            {
                ShouldBe(Widen(own[i]), expected.OfClients[i], tolerance * 10, $"client {i} in round {round}");
            }

            double[] average = [.. Enumerable.Range(0, Values).Select(j => own.Average(control => (double)control.Values[j]))];
            ShouldBe(Widen(mean), average, tolerance, $"mean of all in round {round}");
        }

        model.Get<long>("steps")[0].Should().Be(7, "buffers are the client's own");
        Widen(mean).Max(Math.Abs).Should().BeGreaterThan(0.01);
    }

    [Fact]
    public void Layout_OfUpdates_HasTheAveragedTensorsTwice()
    {
        AggregationTerms terms = ControlledUpdates.TermsOf(Controls, new AggregationTerms(Layout, Weighting.Clear, maxWeight: 1));

        terms.Layout.Tensors.Select(tensor => $"{tensor} {tensor.Bound}").Should().Equal(
            "a: Float64[50] 2", "b: Float64[5, 6] 8", "a#control: Float64[50] 4", "b#control: Float64[5, 6] 4");
        terms.VectorLength.Should().Be(2 * Values);
    }

    [Fact]
    public void Correction_OfATensor_IsTheMeanMinusTheClientsOwn()
    {
        ControlVariate mean = ControlVariate.TryCreate([.. Enumerable.Range(0, Values).Select(j => (float)j)])!;
        ControlVariate own = ControlVariate.TryCreate([.. Enumerable.Range(0, Values).Select(j => 0.5f * j)])!;
        var correction = new GradientCorrection(Layout, mean, own);

        correction.Of("a").ToArray().Should().Equal(Enumerable.Range(0, 50).Select(j => 0.5f * j));
        correction.Of("b").ToArray().Should().Equal(Enumerable.Range(50, 30).Select(j => 0.5f * j));
        correction.Of("norm").Length.Should().Be(0, "what stays with a client has no control");
        correction.Of("steps").Length.Should().Be(0);
        correction.Invoking(one => one.Of("c")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new GradientCorrection(Layout, mean, ControlVariate.Zero(79))).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void ControlDifference_BeyondItsBound_IsRefusedOrMovesTheControlByTheBound()
    {
        // -1 / 0.125 = -8 and 0.25 / 0.125 = 2 with the sign of gradients; the bound is 4.
        double[] trained = [.. Enumerable.Range(0, Values).Select(j => j == 60 ? 1 : -0.25)];
        var difference = new ModelDifference(Model(trained), Model(new double[Values]));
        ControlledDifference Create(BoundPolicy policy) => new(difference, totalStep: 0.125, ControlVariate.Zero(Values), ControlVariate.Zero(Values), Controls, policy);

        ModelValueException refused = FluentActions.Invoking(() => Create(BoundPolicy.Refuse)).Should().Throw<ModelValueException>().Which;
        (refused.Error, refused.Tensor, refused.Index).Should().Be((ValueError.OutsideBound, "b#control", 10));

        ControlledDifference clamped = Create(BoundPolicy.Clamp);
        clamped.Clamped.Should().Be(1);
        clamped.After.Values.ToArray().Should().Equal(Enumerable.Range(0, Values).Select(j => j == 60 ? -4f : 2f));
        double[] sent = new double[2 * Values];
        clamped.CopyFlatTo(0, sent);
        sent[..Values].Should().Equal(trained, "values are what they are");
        sent[Values..].Should().Equal(clamped.After.Values.ToArray().Select(value => (double)value));
        double[] middle = new double[4];
        clamped.CopyFlatTo(Values - 2, middle);
        middle.Should().Equal(sent[(Values - 2)..(Values + 2)]);
    }

    [Fact]
    public void Difference_OfWhatIsKept_IsWhatTravels()
    {
        // The sum of an own control of 1000 and a change far below its last bit stays 1000, and nothing travels.
        ControlVariate own = ControlVariate.TryCreate([.. Enumerable.Repeat(1000f, Values)])!;
        var difference = new ModelDifference(Model([.. Enumerable.Range(0, Values).Select(j => j % 2 == 0 ? 1e-6 : 1)]), Model(new double[Values]));
        var controlled = new ControlledDifference(difference, totalStep: 1, ControlVariate.Zero(Values), own, Controls, BoundPolicy.Refuse);

        double[] sent = new double[2 * Values];
        controlled.CopyFlatTo(0, sent);

        sent[Values..].Should().Equal(Enumerable.Range(0, Values).Select(j => j % 2 == 0 ? 0.0 : -1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Difference_ThatIsClampedAndRounded_IsWhatTravels(int sign)
    {
        // 1000.13 lies between two numbers in single precision, and the nearer one is beyond the bound.
        var terms = new ControlTerms(bound: 0.13);
        ControlVariate own = ControlVariate.TryCreate([.. Enumerable.Repeat(sign * 1000f, Values)])!;
        var difference = new ModelDifference(Model([.. Enumerable.Repeat(-sign * 2.0, Values)]), Model(new double[Values]));
        var controlled = new ControlledDifference(difference, totalStep: 1, ControlVariate.Zero(Values), own, terms, BoundPolicy.Clamp);

        double[] sent = new double[2 * Values];
        controlled.CopyFlatTo(0, sent);

        controlled.Clamped.Should().Be(Values);
        sent[Values..].Should().Equal(controlled.After.Values.ToArray().Select(after => (double)after - (sign * 1000.0)));
        sent[Values..].Should().AllSatisfy(value => (sign * value).Should().BeInRange(0.129, 0.13));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void TotalStep_ThatIsNone_IsRefused(double totalStep)
    {
        var difference = new ModelDifference(Model(new double[Values]), Model(new double[Values]));
        FluentActions.Invoking(() => new ControlledDifference(difference, totalStep, ControlVariate.Zero(Values), ControlVariate.Zero(Values), Controls, BoundPolicy.Clamp))
            .Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(double.NaN, 1)]
    [InlineData(1e39, 1)]
    [InlineData(1e-39, 1)]
    [InlineData(1, 0)]
    [InlineData(1, -1)]
    [InlineData(1, double.NaN)]
    [InlineData(1, double.PositiveInfinity)]
    [InlineData(1, 1e-310)]
    public void Terms_OutOfRange_AreRefused(double bound, double globalStep)
    {
        FluentActions.Invoking(() => new ControlTerms(bound, globalStep)).Should().Throw<ArgumentOutOfRangeException>();
        ControlTerms.TryCreate(bound, globalStep, out _).Should().BeFalse();
    }

    [Fact]
    public void Updates_ThatCannotHaveControls_AreRefusedByName()
    {
        static string? Check(ModelLayout layout, Weighting weighting = Weighting.Clear, long maxWeight = 1, EncryptionMask? mask = null)
            => ControlledUpdates.Check(new AggregationTerms(layout, mask ?? EncryptionMask.All(layout), weighting, maxWeight));
        static TensorSpec Tensor(string name, int count = 1) => new(name, ElementType.Float32, [count], bound: 1);

        Check(Layout).Should().BeNull();
        Check(Layout, mask: EncryptionMask.Layers(Layout, "a")).Should().Contain("mask");
        Check(Layout, maxWeight: 2).Should().Contain("uniformly");
        Check(Layout, Weighting.Hidden).Should().Contain("uniformly");
        Check(new ModelLayout(Tensor("a"), Tensor("a#control"))).Should().Contain("shorter name");
        Check(new ModelLayout(Tensor(new string('n', 248)))).Should().BeNull();
        Check(new ModelLayout(Tensor(new string('n', 249)))).Should().Contain("shorter name");
        Check(new ModelLayout(Tensor("a", 1_100_000_000))).Should().Contain("too many");
        FluentActions.Invoking(() => ControlledUpdates.TermsOf(Controls, new AggregationTerms(Layout, Weighting.Clear, maxWeight: 2)))
            .Should().Throw<ArgumentException>().WithMessage("*uniformly*");
    }

    [Fact]
    public void Sum_WithOtherTermsOrMoreClientsThanThereAre_IsRefused()
    {
        AggregationTerms terms = ControlledUpdates.TermsOf(Controls, new AggregationTerms(Layout, Weighting.Clear, maxWeight: 1));
        using var federation = new TestFederation(SchemeCase.Named("plain"), terms);
        ModelParameters model = Model(new double[Values]);
        var zero = ControlVariate.Zero(Values);
        var nothing = new ControlledDifference(new ModelDifference(model, model), 1, zero, zero, Controls, BoundPolicy.Refuse);
        using EncryptedAggregate sum = federation.AggregateReader.Read(
            federation.Aggregate(federation.StreamedUpload(nothing, 1, 1), federation.StreamedUpload(nothing, 1, 2)));
        AveragedModel Open(ControlTerms controls, ControlVariate mean, long clients, ModelParameters from)
            => federation.Decryptor.DecryptControlled(sum, controls, mean, clients, from, from, out _);

        Open(Controls, zero, 2, model).Contributions.Should().Be(2);
        FluentActions.Invoking(() => Open(Controls, zero, 1, model)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Open(new ControlTerms(5), zero, 2, model)).Should().Throw<HeMismatchException>();
        FluentActions.Invoking(() => Open(Controls, ControlVariate.Zero(79), 2, model)).Should().Throw<HeMismatchException>();
        ModelParameters foreign = TestModels.Random(TestModels.Line(Values), 1);
        FluentActions.Invoking(() => Open(Controls, zero, 2, foreign)).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Numbers_ThatAreNotFinite_AreNoControlVariate()
    {
        ControlVariate.TryCreate([0, float.NaN]).Should().BeNull();
        ControlVariate.TryCreate([float.NegativeInfinity]).Should().BeNull();
        ControlVariate.TryCreate([float.MaxValue, -1])!.Values.ToArray().Should().Equal(float.MaxValue, -1);
        FluentActions.Invoking(() => ControlVariate.Zero(0)).Should().Throw<ArgumentOutOfRangeException>();
        var notFinite = new ModelDifference(Model([.. Enumerable.Range(0, Values).Select(j => j == 3 ? double.NaN : 0)]), Model(new double[Values]));
        FluentActions.Invoking(() => new ControlledDifference(notFinite, 1, ControlVariate.Zero(Values), ControlVariate.Zero(Values), Controls, BoundPolicy.Clamp))
            .Should().Throw<ModelValueException>().Which.Should().Match<ModelValueException>(fault => fault.Error == ValueError.NotFinite && fault.Tensor == "a" && fault.Index == 3, "the model has it");
        var tooSmall = new ModelDifference(Model([.. Enumerable.Range(0, Values).Select(j => j == 3 ? 1 : 0)]), Model(new double[Values]));
        FluentActions.Invoking(() => new ControlledDifference(tooSmall, double.Epsilon, ControlVariate.Zero(Values), ControlVariate.Zero(Values), Controls, BoundPolicy.Clamp))
            .Should().Throw<ModelValueException>().Which.Tensor.Should().Be("a#control");
    }

    [Fact]
    public void Names_OfVeryManyTensors_AreCheckedInOnePass()
    {
        // A name for each pair of them would take gigabytes.
        var layout = new ModelLayout([.. Enumerable.Range(0, 20_000).Select(i => new TensorSpec($"t{i}", ElementType.Float32, [1], bound: 1))]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        ControlledUpdates.Check(new AggregationTerms(layout, Weighting.Clear, maxWeight: 1)).Should().BeNull();

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 26);
    }

    private static ControlledDifference Train(QuadraticSilo silo, ModelParameters model, ControlVariate mean, ControlVariate own, ControlTerms controls)
    {
        float[] correction = new GradientCorrection(Layout, mean, own).Values.ToArray();
        double[] y = Flat(model);
        for (int k = 0; k < silo.Steps; k++)
        {
            double[] g = silo.Gradient(y);
            y = [.. y.Select((value, j) => value - (silo.StepSize * (g[j] + correction[j])))];
        }

        return new ControlledDifference(new ModelDifference(Model(y), model), silo.Steps * silo.StepSize, mean, own, controls, BoundPolicy.Refuse);
    }

    private static ModelParameters Model(double[] values) => ModelParameters.CreateBuilder(Layout)
        .Set<double>("a", values.AsSpan(0, 50))
        .Set<long>("steps", [7])
        .Set<float>("norm", [1, 2, 3])
        .Set<double>("b", values.AsSpan(50))
        .Build();

    private static double[] Flat(ModelParameters model) => [.. model.Get<double>("a"), .. model.Get<double>("b")];

    private static double[] Widen(ControlVariate control) => [.. control.Values.ToArray().Select(value => (double)value)];

    private static void ShouldBe(double[] actual, double[] expected, double tolerance, string what)
    {
        for (int j = 0; j < expected.Length; j++)
        {
            actual[j].Should().BeApproximately(expected[j], tolerance, what);
        }
    }
}
