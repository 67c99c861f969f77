using FedHe.Learning.Data;
using FedHe.Learning.Layers;
using FedHe.Learning.Models;
using FedHe.Learning.PerSample;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.Learning.Training;

namespace FedHe.Learning.Tests.PerSample;

/// <summary>What noise is sized by: how far one sample can move a clipped sum.</summary>
public sealed class SensitivityTests
{
    public static TheoryData<string> Models => [.. SampleModels.Names];

    [Theory]
    [MemberData(nameof(Models))]
    public void SumClipped_OfAUnion_IsTheSumOfThePartsToTheLastUnit(string name)
    {
        const int Count = 21;
        Model model = SampleModels.Create(name);
        Dataset records = SampleModels.Records(model, Count);
        long[] whole = Units(model, records, [.. Enumerable.Range(0, Count)]);
        long[] sum = new long[whole.Length];
        for (int i = 0; i < Count; i++)
        {
            Add(sum, Units(model, records, [i]));
        }

        sum.Should().Equal(whole, "a sample's contribution must not depend on its company");
        int[] shuffled = [.. Enumerable.Range(0, Count)];
        new SeededRandom(2).Shuffle<int>(shuffled);
        Units(model, records, shuffled, degree: 3).Should().Equal(whole);
        long[] withoutFirst = Units(model, records, shuffled.AsSpan(1), batch: 7);
        Add(withoutFirst, Units(model, records, shuffled.AsSpan(0, 1)));
        withoutFirst.Should().Equal(whole);
    }

    [Theory]
    [InlineData(1e-30f, 30)]
    [InlineData(1e-12f, 30)]
    [InlineData(1e-4f, 12)]
    [InlineData(1f, 9)]
    [InlineData(1f, 16)]
    [InlineData(1e3f, 32)]
    [InlineData(1e8f, 10)]
    [InlineData(1e15f, 30)]
    [InlineData(1e37f, 30)]
    public void Contribution_OfAnyMagnitude_IsNeverLongerThanTheClipNorm(float magnitude, int logClipUnits)
    {
        foreach (string name in SampleModels.Names)
        {
            Model model = SampleModels.Create(name);
            Dataset records = Scaled(SampleModels.Records(model, 6), magnitude);
            foreach (double clipNorm in new[] { 1e-9, 0.3, 1e6 })
            {
                var clipping = new GradientClipping
                {
                    ClipNorm = clipNorm,
                    NonFinite = NonFiniteGradients.Zero,
                    LogClipUnits = Math.Max(logClipUnits, MinimumFor(model)),
                };
                for (int i = 0; i < records.Count; i++)
                {
                    ClippedSum one = new PerSampleGradients(model).SumClipped(records, [i], clipping);
                    SquaredNorm(one.Units).Should().BeLessThanOrEqualTo(UInt128.One << (2 * clipping.LogClipUnits), name);
                }
            }
        }
    }

    [Fact]
    public void Contribution_RoundedUpEverywhere_IsNotLongerThanTheClipNorm()
    {
        // Equal gradient values, just above half a unit after clipping without the reserve for rounding: all would round up.
        Model model = ModelFactory.Linear([4096], 1);
        float[] features = [.. Enumerable.Repeat(1f, 4096)];
        var records = new Dataset("ones", new Tensor([1, 4096], features), [1], ["0", "1"]);
        foreach (int log in new[] { 8, 9, 10, 11, 12 })
        {
            var clipping = new GradientClipping { ClipNorm = 1e-3, NonFinite = NonFiniteGradients.Refuse, LogClipUnits = log };
            ClippedSum one = new PerSampleGradients(model).SumClipped(records, [0], clipping);
            SquaredNorm(one.Units).Should().BeLessThanOrEqualTo(UInt128.One << (2 * log), $"2^{log} units");
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(int.MaxValue)]
    public void ClipScale_OfANormThatIsOffAsFarAsTheKernelMayBe_StillBounds(int parameters)
    {
        var clipping = new GradientClipping { ClipNorm = 1, NonFinite = NonFiniteGradients.Refuse };
        double off = ((parameters / 16.0) + 20) * Math.ScaleB(1, -53);
        double factor = new ClipScale(clipping, parameters).FactorOf(9 * (1 - off));
        double rounding = (0.5 + Math.ScaleB(1, -20)) * Math.Sqrt(parameters);
        ((3 * factor) + rounding).Should().BeLessThanOrEqualTo(1 << 30);
    }

    [Fact]
    public void Contribution_WhosePairsCancel_IsNotLongerThanTheClipNorm()
    {
        // Windows that hardly differ and output gradients that add up to almost nothing: the norm by pairs is all rounding error.
        Model model = new("cancel", [1, 12, 12], [new Convolution2d("a", 1, 2, window: 3), new Flatten(), new Dense("b", 200, 2)]);
        model.Initialize(1);
        Span<float> weights = model.Parameters[2].Value.Values;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = i % 2 == 0 ? 1000.25f : -1000.25f;
        }

        var random = new SeededRandom(4);
        const int Count = 40;
        float[] pixels = [.. Enumerable.Range(0, Count * 144).Select(_ => 3000 + (float)random.NextUniform(-0.01, 0.01))];
        var records = new Dataset("flat", new Tensor([Count, 1, 12, 12], pixels), new int[Count], ["a", "b"]);
        // Without the dense layer's own gradient, which is long and would hide the rest, the convolution's is held to its norm.
        var clipping = new GradientClipping { ClipNorm = 1, NonFinite = NonFiniteGradients.Refuse };
        for (int i = 0; i < Count; i++)
        {
            ClippedSum one = new PerSampleGradients(model, Objective.MeanSquaredError, 1, ConvolutionMethod.Ghost)
                .SumClipped(records, [i], clipping);
            SquaredNorm(one.Units).Should().BeLessThanOrEqualTo(UInt128.One << 60);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void SumClipped_SampleThatIsNotFinite_IsRefusedByName(float value)
    {
        Model model = SampleModels.Create("cnn");
        Dataset records = With(SampleModels.Records(model, 5), sample: 3, value);
        var clipping = new GradientClipping { ClipNorm = 1, NonFinite = NonFiniteGradients.Refuse };
        Action sum = () => new PerSampleGradients(model).SumClipped(records, [4, 3], clipping);
        sum.Should().Throw<NonFiniteGradientException>().WithMessage("*sample 3*").Which.Sample.Should().Be(3);
    }

    [Theory]
    [InlineData("cnn", float.NaN)]
    [InlineData("cnn", float.PositiveInfinity)]
    [InlineData("mlp", float.NaN)]
    [InlineData("mlp", float.NegativeInfinity)]
    [InlineData("lenet", float.NaN)]
    [InlineData("own layer", float.NaN)]
    public void SumClipped_SampleTakenForZero_LeavesTheOthersAlone(string name, float value)
    {
        Model model = SampleModels.Create(name);
        Dataset clean = SampleModels.Records(model, 5);
        Dataset records = With(clean, sample: 2, value);
        Units(model, records, [0, 1, 2, 3, 4]).Should().Equal(Units(model, clean, [0, 1, 3, 4]));
    }

    [Fact]
    public void SumClipped_GridTooCoarse_IsRefused()
    {
        Model model = PaperModels.Mlp();
        var clipping = new GradientClipping { ClipNorm = 1, NonFinite = NonFiniteGradients.Zero, LogClipUnits = 8 };
        Action sum = () => new PerSampleGradients(model).SumClipped(SampleModels.Records(model, 1), [0], clipping);
        sum.Should().Throw<ArgumentException>().WithMessage("*79510 parameters*LogClipUnits*");
    }

    [Fact]
    public void ClippedCount_NotAskedFor_IsNotKnown()
    {
        Model model = SampleModels.Create("mlp");
        var clipping = new GradientClipping { ClipNorm = 1e-3, NonFinite = NonFiniteGradients.Refuse };
        Dataset records = SampleModels.Records(model, 4);
        new PerSampleGradients(model).SumClipped(records, [0, 1], clipping).ClippedCount.Should().BeNull();
        new PerSampleGradients(model).SumClipped(records, [0, 1], clipping with { CountClipped = true }).ClippedCount.Should().Be(2);
    }

    [Theory]
    [InlineData(0, 30)]
    [InlineData(-1, 30)]
    [InlineData(double.NaN, 30)]
    [InlineData(double.PositiveInfinity, 30)]
    [InlineData(1e-30, 30)]
    [InlineData(1, 7)]
    [InlineData(1, 33)]
    public void Validate_TermOutOfRange_IsRefused(double clipNorm, int logClipUnits)
    {
        var clipping = new GradientClipping { ClipNorm = clipNorm, NonFinite = NonFiniteGradients.Zero, LogClipUnits = logClipUnits };
        clipping.Invoking(invalid => invalid.Validate()).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Validate_TreatmentThatDoesNotExist_IsRefused()
        => new GradientClipping { ClipNorm = 1, NonFinite = (NonFiniteGradients)7 }
            .Invoking(invalid => invalid.Validate()).Should().Throw<ArgumentOutOfRangeException>();

    private static int MinimumFor(Model model)
        => (int)Math.Ceiling(Math.Log2(1.01 * Math.Sqrt(model.ParameterCount)));

    private static long[] Units(Model model, Dataset records, ReadOnlySpan<int> indices, int degree = 1, int? batch = null)
    {
        var clipping = new GradientClipping { ClipNorm = 0.7, NonFinite = NonFiniteGradients.Zero };
        return new PerSampleGradients(model, Objective.CrossEntropy, degree, method: null, batch)
            .SumClipped(records, indices, clipping).Units.ToArray();
    }

    private static void Add(long[] sum, long[] addend)
    {
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += addend[i];
        }
    }

    private static UInt128 SquaredNorm(ReadOnlySpan<long> units)
    {
        UInt128 sum = 0;
        foreach (long unit in units)
        {
            sum += (UInt128)Math.Abs(unit) * (UInt128)Math.Abs(unit);
        }

        return sum;
    }

    private static Dataset Scaled(Dataset records, float factor)
    {
        foreach (ref float value in records.Features.Values)
        {
            value *= factor;
        }

        return records;
    }

    private static Dataset With(Dataset records, int sample, float value)
    {
        var copy = new Dataset(records.Name, records.Features.Clone(), records.Labels.ToArray(), records.ClassNames);
        copy.Features.Values[(sample * records.SampleShape.ElementCount) + 1] = value;
        return copy;
    }
}
