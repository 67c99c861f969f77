using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Updates;

/// <summary>The whole path, encrypt, send, fold, send, decrypt, against exact averaging on every scheme.</summary>
public sealed class AveragingTests
{
    private static readonly long[] Weights = [600, 1, 250, 37, 1000];

    public static TheoryData<string, Weighting> Schemes => SchemeCase.NamesAndWeightings;

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Average_OfEveryElementType_IsWithinThePromisedBound(string scheme, Weighting weighting)
    {
        ModelLayout layout = TestModels.SmallLayout;
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), weighting, maxWeight: 1000);
        AssertAverage(SchemeCase.Named(scheme), terms);
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Average_OfThePerceptron_IsWithinThePromisedBound(string scheme, Weighting weighting)
    {
        ModelLayout layout = TestModels.Perceptron;
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), weighting, maxWeight: 5000);
        AssertAverage(SchemeCase.Named(scheme), terms);
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Average_WithStatedPrecision_IsWithinThePromisedBound(string scheme, Weighting weighting)
    {
        ModelLayout layout = TestModels.Perceptron;
        var precision = new TransferPrecision(bits: 24, Weights.Length);
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), weighting, maxWeight: 1000, precision);
        AssertAverage(SchemeCase.Named(scheme), terms);
    }

    [Theory]
    [MemberData(nameof(SchemeCase.Names), MemberType = typeof(SchemeCase))]
    public void Average_WithLayersInClear_IsWithinThePromisedBound(string scheme)
    {
        ModelLayout layout = TestModels.SmallLayout;
        EncryptionMask mask = EncryptionMask.Layers(layout, "conv.weight", "head", "temperature");
        AssertAverage(SchemeCase.Named(scheme), new AggregationTerms(layout, mask, Weighting.Clear, maxWeight: 1000));
    }

    [Theory]
    [MemberData(nameof(SchemeCase.Names), MemberType = typeof(SchemeCase))]
    public void Average_WithEverythingInClear_IsWithinThePromisedBound(string scheme)
    {
        ModelLayout layout = TestModels.SmallLayout;
        AssertAverage(
            SchemeCase.Named(scheme),
            new AggregationTerms(layout, EncryptionMask.InsecureNone(layout), Weighting.Clear, maxWeight: 1000));
    }

    [Fact]
    public void Average_OfClampedValues_IsThatOfTheClampedInputs()
    {
        ModelLayout layout = TestModels.SmallLayout;
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, maxWeight: 10);
        using var federation = new TestFederation(SchemeCase.Plain, terms);
        using KeyPair keys = federation.Context.GenerateKeyPair();
        var encryptor = new UpdateEncryptor(federation.Context.CreateEncryptor(keys.PublicKey), federation.Context.Public, terms, BoundPolicy.Clamp);
        ModelParameters model = TestModels.Create(layout, (_, _) => 1.5);
        using EncryptedModelUpdate update = encryptor.Encrypt(model, 3, TestFederation.Slot(1), out ClampReport clamped);
        clamped.Total.Should().Be(layout.ParameterCount);
        using UpdateAggregator aggregator = federation.CreateAggregator();
        aggregator.FoldIn(update);
        using EncryptedAggregate aggregate = aggregator.Complete();
        var decryptor = new AggregateDecryptor(federation.Context.CreateDecryptor(keys.SecretKey), terms);
        ModelParameters average = decryptor.Decrypt(aggregate, model).Parameters;
        foreach (TensorSpec tensor in layout.Tensors.Where(tensor => tensor.IsAggregated))
        {
            TestModels.Values(average, tensor).Should().OnlyContain(value => value == tensor.Bound);
        }
    }

    [Fact]
    public void Average_OfHiddenWeightsTooSmallForTheNoise_IsAnEstimateWithItsBoundOrRefused()
    {
        // Plain rounding of 2^-33 is enough to drown weights that are this small beside the largest one.
        ModelLayout layout = TestModels.SmallLayout;
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Hidden, AggregationTerms.LargestTotalWeight);
        using var federation = new TestFederation(SchemeCase.Plain, terms);
        ModelParameters model = TestModels.Random(layout, 1);
        byte[] tiny = federation.Aggregate(federation.Upload(model, 1, client: 1));
        federation.Invoking(f => f.Download(tiny, model)).Should().Throw<HeCapacityException>();

        AveragedModel averaged = federation.Download(federation.Aggregate(federation.Upload(model, 1_000_003, client: 1)), model);
        averaged.IsTotalWeightExact.Should().BeFalse();
        averaged.TotalWeight.Should().BeCloseTo(1_000_003, 2);
        AssertWithinBound(averaged, [model], [1_000_003]);
    }

    [Fact]
    public void Encrypt_WeightOutOfRange_IsRefused()
    {
        ModelLayout layout = TestModels.SmallLayout;
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, maxWeight: 10);
        using var federation = new TestFederation(SchemeCase.Plain, terms);
        ModelParameters model = TestModels.Random(layout, 1);
        foreach (long weight in (long[])[0, -1, 11, long.MaxValue])
        {
            federation.Encryptor.Invoking(e => e.Encrypt(model, weight, TestFederation.Slot(1)))
                .Should().Throw<ArgumentOutOfRangeException>();
        }
    }

    [Fact]
    public void Decrypt_WithAnotherKeyOrTermsOrTemplate_IsRefused()
    {
        ModelLayout layout = TestModels.SmallLayout;
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, maxWeight: 10);
        var otherTerms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, maxWeight: 11);
        using var federation = new TestFederation(SchemeCase.Plain, terms);
        using var stranger = new TestFederation(SchemeCase.Plain, terms);
        ModelParameters model = TestModels.Random(layout, 1);
        using EncryptedAggregate aggregate = federation.AggregateReader.Read(federation.Aggregate(federation.Upload(model, 1, 1)));
        using KeyPair keys = federation.Context.GenerateKeyPair();
        var otherDecryptor = new AggregateDecryptor(federation.Context.CreateDecryptor(keys.SecretKey), otherTerms);
        stranger.Decryptor.Invoking(d => d.Decrypt(aggregate, model)).Should().Throw<HeMismatchException>();
        otherDecryptor.Invoking(d => d.Decrypt(aggregate, model)).Should().Throw<HeMismatchException>();
        federation.Decryptor.Invoking(d => d.Decrypt(aggregate, TestModels.Random(TestModels.Perceptron, 1)))
            .Should().Throw<HeMismatchException>();
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, -1)]
    [InlineData(true, 1)]
    [InlineData(true, -1)]
    public void Decrypt_OfASumThatNoValuesWithinTheirBoundsHave_IsRefused(bool isSelective, int sign)
    {
        ModelLayout layout = TestModels.SmallLayout;
        EncryptionMask mask = isSelective ? EncryptionMask.Layers(layout, "conv.weight", "head", "temperature") : EncryptionMask.All(layout);
        var terms = new AggregationTerms(layout, mask, Weighting.Clear, maxWeight: 10);
        using var federation = new TestFederation(SchemeCase.Plain, terms);
        ModelParameters model = TestModels.Random(layout, 1);
        using EncryptedAggregate aggregate = federation.AggregateReader.Read(federation.Aggregate(federation.Upload(model, 3, 1)));
        AggregateDecryptor Forging(double sum) => new(new ForgingDecryptor(federation.CreateDecryptor(), sign * sum), terms);

        // The largest sum of weight 3 is 3, within the scheme's error.
        Forging(3).Invoking(d => d.Decrypt(aggregate, model)).Should().NotThrow();
        Forging(3.01).Invoking(d => d.Decrypt(aggregate, model)).Should().Throw<HeMismatchException>().WithMessage("*exceed*");
        Forging(double.NaN).Invoking(d => d.Decrypt(aggregate, model)).Should().Throw<HeMismatchException>().WithMessage("*exceed*");
    }

    private static void AssertAverage(SchemeCase scheme, AggregationTerms terms)
    {
        using var federation = new TestFederation(scheme, terms);
        ModelParameters[] models = [.. Weights.Select((_, client) => TestModels.Random(terms.Layout, 100 + client))];
        byte[] aggregate = federation.Aggregate(models.Select((model, client) => federation.Upload(model, Weights[client], client)));
        AveragedModel averaged = federation.Download(aggregate, models[0]);
        averaged.Contributions.Should().Be(Weights.Length);
        averaged.TotalWeight.Should().Be(Weights.Sum());
        averaged.IsTotalWeightExact.Should().BeTrue();
        AssertWithinBound(averaged, models, Weights);

        // The promise is worth something: at least 17 bits of the bound, small hidden weights under the noisiest keys included.
        TensorSpec exact = terms.Layout.Tensors.First(tensor => tensor.IsAggregated);
        averaged.ErrorBoundOf(exact.Name).Should().BeLessThan(exact.Bound * 1e-5);
        averaged.Parameters.Get<long>("norm.num_batches_tracked").ToArray()
            .Should().Equal(models[0].Get<long>("norm.num_batches_tracked").ToArray());
    }

    private static void AssertWithinBound(AveragedModel averaged, ModelParameters[] models, long[] weights)
    {
        foreach (TensorSpec tensor in averaged.Parameters.Layout.Tensors.Where(tensor => tensor.IsAggregated))
        {
            double[] actual = TestModels.Values(averaged.Parameters, tensor);
            double[][] inputs = [.. models.Select(model => TestModels.Values(model, tensor))];
            double largest = 0;
            for (int i = 0; i < actual.Length; i++)
            {
                double expected = inputs.Zip(weights, (values, weight) => values[i] * weight).Sum() / weights.Sum();
                largest = Math.Max(largest, Math.Abs(actual[i] - expected));
            }

            largest.Should().BeLessThanOrEqualTo(averaged.ErrorBoundOf(tensor.Name), tensor.Name);
        }
    }
}
