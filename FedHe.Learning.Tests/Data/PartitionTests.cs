using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Data;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Tests.Data;

public sealed class PartitionTests
{
    private static readonly int[] Labels = [.. Enumerable.Range(0, 1000).Select(sample => sample * 7 % 10)];

    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(5, 0.001)]
    [InlineData(5, 0.1)]
    [InlineData(20, 0.5)]
    [InlineData(50, 100.0)]
    public void Indices_AnyConcentration_DealEverySampleOnce(int clients, double alpha)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            IReadOnlyList<int[]> shares = DirichletPartition.Indices(Labels, 10, clients, alpha, seed, minimumPerClient: 15);
            shares.Should().HaveCount(clients);
            shares.SelectMany(share => share).Order().Should().Equal(Enumerable.Range(0, Labels.Length));
            shares.Min(share => share.Length).Should().BeGreaterThanOrEqualTo(15);
            DirichletPartition.Indices(Labels, 10, clients, alpha, seed, 15).SelectMany(share => share)
                .Should().Equal(shares.SelectMany(share => share));
        }
    }

    [Fact]
    public void Indices_Concentration_SetsHowAlikeTheClientsAre()
    {
        Imbalance(0.1).Should().BeGreaterThan(1.5 * Imbalance(1));
        Imbalance(1).Should().BeGreaterThan(2 * Imbalance(100));

        double Imbalance(double alpha) => Enumerable.Range(0, 10).Average(seed =>
            DirichletPartition.Indices(Labels, 10, 5, alpha, seed).Average(share =>
                Enumerable.Range(0, 10).Sum(label => Math.Abs(share.Count(sample => Labels[sample] == label) - 20.0))));
    }

    [Fact]
    public void Indices_TooFewSamples_IsRefused()
    {
        Func<IReadOnlyList<int[]>> deal = () => DirichletPartition.Indices(Labels, 10, 101, 1, seed: 1, minimumPerClient: 10);
        deal.Should().Throw<ArgumentException>().WithMessage("*1000 samples*101 clients*10*");
    }

    [Fact]
    public void Stratified_DefaultShare_HoldsOutAFifthOfEveryClass()
    {
        var split = DatasetSplit.Stratified(Numbered(Labels), seed: 3);
        split.Test.Count.Should().Be(200);
        split.Test.Labels.ToArray().CountBy(label => label).Should().OnlyContain(pair => pair.Value == 20);
        Values(split.Training).Concat(Values(split.Test)).Order().Should().Equal(Enumerable.Range(0, 1000).Select(i => (float)i));
        Values(DatasetSplit.Stratified(Numbered(Labels), seed: 3).Test).Should().Equal(Values(split.Test));
        Values(DatasetSplit.Stratified(Numbered(Labels), seed: 4).Test).Should().NotEqual(Values(split.Test));
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.999)]
    public void Stratified_TinyDataset_LeavesNeitherPartEmpty(double fraction)
    {
        var split = DatasetSplit.Stratified(Numbered([0, 1]), seed: 1, fraction);
        split.Training.Count.Should().Be(1);
        split.Test.Count.Should().Be(1);
    }

    [Fact]
    public void FeatureScaling_Table_StandardisesEveryColumn()
    {
        float[] table = [1, 7, 1e6f, 3, 7, 1e6f + 1, 5, 7, 1e6f + 2, 7, 7, 1e6f + 3];
        var dataset = new Dataset("table", new Tensor([4, 3], table), [0, 1, 0, 1], ["0", "1"]);
        Span<float> scaled = FeatureScaling.Fit(dataset).Apply(dataset).Features.Values;
        for (int column = 0; column < 3; column++)
        {
            float[] values = new[] { scaled[column], scaled[3 + column], scaled[6 + column], scaled[9 + column] };
            values.Average().Should().BeApproximately(0, 1e-6f);
            values.Average(value => value * value).Should().BeApproximately(column == 1 ? 0 : 1, 1e-5f);
        }
    }

    [Fact]
    public void FeatureScaling_Images_StandardisesEveryChannel()
    {
        var dataset = new Dataset("images", new Tensor([2, 2, 1, 2], [0, 2, 10, 30, 4, 6, 30, 10]), [0, 1], ["0", "1"]);
        var scaling = FeatureScaling.Fit(dataset);
        scaling.Means.Should().Equal(3, 20);
        scaling.Deviations[1].Should().Be(10);
        scaling.Apply(dataset).Features.Values[2..4].ToArray().Should().Equal(-1, 1);
    }

    private static Dataset Numbered(int[] labels) => new(
        "numbers", new Tensor([labels.Length, 1], [.. labels.Select((_, sample) => (float)sample)]), [.. labels],
        [.. Enumerable.Range(0, 10).Select(label => $"{label}")]);

    private static float[] Values(Dataset dataset) => dataset.Features.Values.ToArray();
}
