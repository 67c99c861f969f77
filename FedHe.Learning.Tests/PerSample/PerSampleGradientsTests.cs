using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.PerSample;
using FedHe.Learning.Randomness;
using FedHe.Learning.Training;

namespace FedHe.Learning.Tests.PerSample;

public sealed class PerSampleGradientsTests
{
    private const int Count = 11;
    private const double Tolerance = 1e-5;

    public static TheoryData<string, Objective> Models
    {
        get
        {
            var data = new TheoryData<string, Objective>();
            foreach (string name in SampleModels.Names)
            {
                data.Add(name, Objective.CrossEntropy);
                data.Add(name, Objective.MeanSquaredError);
            }

            return data;
        }
    }

    private static int[] All => [.. Enumerable.Range(0, Count)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Norms_OfABatch_AreThoseOfOneSampleAtATime(string name, Objective objective)
    {
        Model model = SampleModels.Create(name);
        Dataset records = SampleModels.Records(model, Count);
        double[] norms = new PerSampleGradients(model, objective).Norms(records, All);
        for (int i = 0; i < Count; i++)
        {
            double expected = OneByOne.Norm(OneByOne.Gradient(model, records, i, objective));
            norms[i].Should().BeApproximately(expected, Tolerance * expected, $"sample {i}");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void SumClipped_HalfOfTheSamplesTooLong_IsTheSumOfOneSampleAtATime(string name, Objective objective)
    {
        Model model = SampleModels.Create(name);
        Dataset records = SampleModels.Records(model, Count);
        double median = Median(model, records, objective);
        var clipping = new GradientClipping { ClipNorm = median, NonFinite = NonFiniteGradients.Refuse, CountClipped = true };
        ClippedSum sum = new PerSampleGradients(model, objective).SumClipped(records, All, clipping);
        OneByOne.RelativeError(sum.ToSingles(), OneByOne.ClippedSum(model, records, median, objective)).Should().BeLessThan(Tolerance);
        sum.ClippedCount.Should().BeInRange((Count / 2) - 1, (Count / 2) + 1);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void InnerProducts_WithARandomVector_AreThoseOfOneSampleAtATime(string name, Objective objective)
    {
        Model model = SampleModels.Create(name);
        Dataset records = SampleModels.Records(model, Count);
        var random = new SeededRandom(9);
        float[] direction = [.. Enumerable.Range(0, model.ParameterCount).Select(_ => (float)random.NextGaussian())];
        double[] products = new PerSampleGradients(model, objective).InnerProducts(records, All, direction);
        for (int i = 0; i < Count; i++)
        {
            float[] gradient = OneByOne.Gradient(model, records, i, objective);
            double expected = gradient.Zip(direction, (left, right) => (double)left * right).Sum();
            products[i].Should().BeApproximately(expected, Tolerance * OneByOne.Norm(gradient) * OneByOne.Norm(direction), $"sample {i}");
        }
    }

    [Theory]
    [InlineData("convolution")]
    [InlineData("stride")]
    [InlineData("lenet")]
    [InlineData("cnn")]
    public void SumClipped_EveryMethodForConvolutions_GivesTheSameSum(string name)
    {
        Model model = SampleModels.Create(name);
        Dataset records = SampleModels.Records(model, Count);
        double median = Median(model, records, Objective.CrossEntropy);
        double[] expected = OneByOne.ClippedSum(model, records, median);
        long[] kept = SumBy(ConvolutionMethod.Keep).Units.ToArray();
        SumBy(ConvolutionMethod.Repeat).Units.ToArray().Should().Equal(kept);
        OneByOne.RelativeError(SumBy(ConvolutionMethod.Ghost).ToSingles(), expected).Should().BeLessThan(Tolerance);

        ClippedSum SumBy(ConvolutionMethod method) => new PerSampleGradients(model, Objective.CrossEntropy, 1, method)
            .SumClipped(records, All, new GradientClipping { ClipNorm = median, NonFinite = NonFiniteGradients.Refuse });
    }

    [Fact]
    public void Cheapest_FollowsTheSizes()
    {
        Method(channels: 3, outChannels: 64, side: 32).Should().Be(ConvolutionMethod.Keep, "the gradient is small");
        Method(channels: 512, outChannels: 512, side: 4).Should().Be(ConvolutionMethod.Ghost, "sixteen positions make few pairs");
        Method(channels: 256, outChannels: 256, side: 64).Should().Be(ConvolutionMethod.Repeat, "4096 positions make many pairs");

        static ConvolutionMethod Method(int channels, int outChannels, int side) => ConvolutionMethods.Cheapest(
            new Learning.Kernels.WindowGeometry(1, channels, side, side, 3, 3, 1, 1), outChannels);
    }

    [Fact]
    public void SumClipped_NoSamples_IsZero()
    {
        Model model = SampleModels.Create("cnn");
        ClippedSum sum = new PerSampleGradients(model).SumClipped(
            SampleModels.Records(model, 1), [], new GradientClipping { ClipNorm = 1, NonFinite = NonFiniteGradients.Refuse });
        sum.Units.ToArray().Should().OnlyContain(unit => unit == 0);
    }

    [Fact]
    public void SumClipped_TooManySamples_IsRefused()
    {
        Model model = SampleModels.Create("linear");
        int[] indices = new int[PerSampleGradients.MaxSamples + 1];
        Action sum = () => new PerSampleGradients(model).SumClipped(
            SampleModels.Records(model, 1), indices, new GradientClipping { ClipNorm = 1, NonFinite = NonFiniteGradients.Refuse });
        sum.Should().Throw<ArgumentException>().WithMessage("*at most 1048576 samples*");
    }

    [Fact]
    public void InnerProducts_VectorOfAnotherLength_IsRefused()
    {
        Model model = SampleModels.Create("linear");
        Action compute = () => new PerSampleGradients(model).InnerProducts(SampleModels.Records(model, 2), [0], new float[3]);
        compute.Should().Throw<ArgumentException>().WithMessage("*3 values*65 parameters*");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Count)]
    public void Norms_IndexOutsideTheRecords_IsRefused(int index)
    {
        Model model = SampleModels.Create("linear");
        Action compute = () => new PerSampleGradients(model).Norms(SampleModels.Records(model, Count), [index]);
        compute.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static double Median(Model model, Dataset records, Objective objective)
        => new PerSampleGradients(model, objective).Norms(records, All).Order().ElementAt(Count / 2);
}
