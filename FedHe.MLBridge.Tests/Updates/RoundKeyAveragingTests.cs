using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Updates;

/// <summary>The whole path under round keys, where clients multiply by their weights and the server only adds.</summary>
public sealed class RoundKeyAveragingTests
{
    private static readonly long[] Weights = [600, 1, 250, 37, 1000];

    public static TheoryData<Weighting, KeyAdditiveEncoding> Kinds => new()
    {
        { Weighting.Clear, KeyAdditiveEncoding.FixedPoint },
        { Weighting.Clear, KeyAdditiveEncoding.ExactIntegers },
        { Weighting.Hidden, KeyAdditiveEncoding.FixedPoint },
        { Weighting.Hidden, KeyAdditiveEncoding.ExactIntegers },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Average_OfEveryElementType_IsWithinThePromisedBound(Weighting weighting, KeyAdditiveEncoding encoding)
    {
        ModelLayout layout = TestModels.SmallLayout;
        AssertAverage(new AggregationTerms(layout, EncryptionMask.All(layout), weighting, maxWeight: 1000), encoding);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Average_OfThePerceptron_IsWithinThePromisedBound(Weighting weighting, KeyAdditiveEncoding encoding)
    {
        ModelLayout layout = TestModels.Perceptron;
        AssertAverage(new AggregationTerms(layout, EncryptionMask.All(layout), weighting, maxWeight: 5000), encoding);
    }

    [Fact]
    public void Average_WithLayersInClear_IsWithinThePromisedBound()
    {
        ModelLayout layout = TestModels.SmallLayout;
        EncryptionMask mask = EncryptionMask.Layers(layout, "conv.weight", "head", "temperature");
        AssertAverage(new AggregationTerms(layout, mask, Weighting.Clear, maxWeight: 1000), KeyAdditiveEncoding.FixedPoint);
        AssertAverage(
            new AggregationTerms(layout, EncryptionMask.InsecureNone(layout), Weighting.Clear, maxWeight: 1000), KeyAdditiveEncoding.FixedPoint);
    }

    [Fact]
    public void Average_OverSeveralSegments_IsWithinThePromisedBound()
    {
        ModelLayout layout = TestModels.Line((64 * 2048 * 2) + 77);
        AssertAverage(new AggregationTerms(layout, Weighting.Clear, maxWeight: 1000), KeyAdditiveEncoding.FixedPoint, Weights[..2]);
    }

    [Fact]
    public void Weights_AboveTheReference_CountAsTheReference()
    {
        ModelLayout layout = TestModels.Line(100);
        var terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 1 << 30);
        using var federation = new RoundKeyFederation(terms, contributors: 2, referenceWeight: 100);
        ModelParameters[] models = [TestModels.Random(layout, 1), TestModels.Random(layout, 2)];
        byte[] aggregate = federation.Aggregate(federation.Upload(models[0], 1 << 30, 1), federation.Upload(models[1], 50, 2));
        AveragedModel average = federation.Download(aggregate, models[0]);
        average.TotalWeight.Should().Be((1 << 30) + 50);
        ReadOnlySpan<float> values = average.Parameters.Get<float>("w");
        for (int i = 0; i < values.Length; i++)
        {
            double exact = (models[0].Get<float>("w")[i] + (0.5 * models[1].Get<float>("w")[i])) / 1.5;
            values[i].Should().BeApproximately((float)exact, (float)average.MaxErrorBound);
        }
    }

    [Fact]
    public void Order_OfArrival_DoesNotMatter()
    {
        ModelLayout layout = TestModels.SmallLayout;
        var terms = new AggregationTerms(layout, EncryptionMask.Layers(layout, "head"), Weighting.Clear, maxWeight: 1000);
        using var federation = new RoundKeyFederation(terms, Weights.Length);
        byte[][] uploads = Uploads(federation, layout, Weights);
        federation.Aggregate(uploads.Reverse()).Should().Equal(federation.Aggregate(uploads));
    }

    [Fact]
    public void Restore_AfterAnyUpdate_GivesTheSameBytes()
    {
        ModelLayout layout = TestModels.SmallLayout;
        var terms = new AggregationTerms(layout, EncryptionMask.Layers(layout, "head"), Weighting.Clear, maxWeight: 1000);
        using var federation = new RoundKeyFederation(terms, Weights.Length, referenceWeight: 500);
        byte[][] uploads = Uploads(federation, layout, Weights);
        UpdateAggregator aggregator = federation.CreateAggregator();
        foreach (byte[] upload in uploads)
        {
            byte[] state = TestFederation.Bytes(aggregator.SaveState);
            aggregator.Dispose();
            aggregator = federation.Restore(state);
            federation.FoldIn(aggregator, upload);
        }

        byte[] saved = TestFederation.Bytes(aggregator.SaveState);
        TestFederation.Complete(aggregator).Should().Equal(federation.Aggregate(uploads));
        aggregator.Dispose();

        // With another reference weight the factors would be other ones.
        FluentActions.Invoking(() => UpdateAggregator.Restore(saved, federation.Context.Public, terms, 499))
            .Should().Throw<HeFormatException>();
    }

    [Fact]
    public void Segments_OutOfPlace_AreRefused()
    {
        ModelLayout layout = TestModels.Line(3 * 64 * 2048);
        var terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 1);
        using var federation = new RoundKeyFederation(terms, contributors: 2, precision: 16);
        byte[] upload = federation.Upload(TestModels.Random(layout, 1), 1, 1);
        using EncryptedModelUpdate update = new UpdateReader(federation.Context.Public, terms).Read(upload);
        int segmentLength = 0;
        update.UseSegment(1, segment => segmentLength = segment.EncodedLength);

        // The second and the third segment change their places, with the right frames.
        int second = upload.Length - (2 * (segmentLength + sizeof(int)));
        int third = upload.Length - segmentLength - sizeof(int);
        byte[] swapped = [.. upload];
        upload.AsSpan(third + sizeof(int)).CopyTo(swapped.AsSpan(second + sizeof(int), segmentLength));
        upload.AsSpan(second + sizeof(int), segmentLength).CopyTo(swapped.AsSpan(third + sizeof(int)));
        new UpdateReader(federation.Context.Public, terms).TryRead(swapped, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public void Plan_OfARound_IsKept()
    {
        ModelLayout layout = TestModels.Perceptron;
        var terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 1000);
        using var federation = new RoundKeyFederation(terms, contributors: 3, precision: 24);
        AggregationPlan plan = AggregationPlan.Create(federation.Context.Public, terms, clients: 3, totalWeight: 3000, VectorForm.Full);
        byte[][] uploads = Uploads(federation, layout, [1000, 1000, 1000]);
        byte[] aggregate = federation.Aggregate(uploads);
        aggregate.Length.Should().Be((int)plan.DownloadBytes);
        uploads[0].Length.Should().BeInRange((int)plan.UploadBytes - 64, (int)plan.UploadBytes);
        plan.UploadBitsPerValue.Should().BeLessThan(27);
        AveragedModel average = federation.Download(aggregate, TestModels.Random(layout, 1));
        average.MaxErrorBound.Should().BeLessThan(plan.ErrorBounds.Max() * 1.01);
        FluentActions.Invoking(() => AggregationPlan.Create(federation.Context.Public, terms, clients: 4, totalWeight: 4, VectorForm.Full))
            .Should().Throw<PlanRefusedException>("the parameters are planned for three contributors");
    }

    [Fact]
    public void ReferenceWeight_OutOfRange_IsRefused()
    {
        var terms = new AggregationTerms(TestModels.SmallLayout, Weighting.Clear, maxWeight: 10);
        using var federation = new RoundKeyFederation(terms, contributors: 2);
        foreach (long reference in (long[])[0, -1, 11])
        {
            FluentActions.Invoking(() => new UpdateAggregator(federation.Context.Public, terms, reference))
                .Should().Throw<ArgumentOutOfRangeException>();
        }
    }

    private static byte[][] Uploads(RoundKeyFederation federation, ModelLayout layout, long[] weights)
        => [.. weights.Select((weight, i) => federation.Upload(TestModels.Random(layout, i), weight, i))];

    private static void AssertAverage(AggregationTerms terms, KeyAdditiveEncoding encoding, long[]? weights = null)
    {
        weights ??= Weights;
        ModelLayout layout = terms.Layout;
        using var federation = new RoundKeyFederation(terms, weights.Length, encoding: encoding);
        var flat = new double[weights.Length][];
        var flattener = new TensorFlattener(layout);
        for (int i = 0; i < weights.Length; i++)
        {
            flat[i] = new double[layout.ParameterCount];
            ((IFlatModel)TestModels.Random(layout, i)).CopyFlatTo(0, flat[i]);
        }

        byte[] aggregate = federation.Aggregate(Uploads(federation, layout, weights));
        AveragedModel average = federation.Download(aggregate, TestModels.Random(layout, 0));
        average.Contributions.Should().Be(weights.Length);
        if (terms.Weighting == Weighting.Clear)
        {
            average.TotalWeight.Should().Be(weights.Sum());
        }

        var actual = new double[layout.ParameterCount];
        ((IFlatModel)average.Parameters).CopyFlatTo(0, actual);
        var check = new AverageCheck(layout, flat, weights);
        check.Write(0, actual);
        check.ShouldBeWithin(new AverageSummary(average.ErrorBounds, average.Contributions, average.TotalWeight, average.IsTotalWeightExact));
        average.MaxErrorBound.Should().BeLessThan(layout.Tensors.Max(tensor => tensor.Bound) / 16, "the promise is worth something");
    }
}
