using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.Learning.Training;
using FedHe.PrivacyAudit.Canaries;

namespace FedHe.PrivacyAudit.Tests.Canaries;

public sealed class CanaryTests
{
    [Fact]
    public void Flip_ManyCoins_AreFairAndIndependentOfEachOther()
    {
        foreach (CanaryCoins coins in new[] { CanaryCoins.Flip(100_001), CanaryCoins.Flip(100_001, seed: 4) })
        {
            coins.Included.Count.Should().BeInRange(49_000, 51_000);
            bool[] flags = coins.IsIncluded.ToArray();
            flags.Zip(flags.Skip(1)).Count(pair => pair.First == pair.Second).Should().BeInRange(49_000, 51_000);
            coins.Included.Should().OnlyContain(canary => flags[canary]).And.HaveCount(flags.Count(flag => flag));
        }

        CanaryCoins.Flip(64).IsIncluded.SequenceEqual(CanaryCoins.Flip(64).IsIncluded).Should().BeFalse();
        CanaryCoins.Flip(64, 1).IsIncluded.SequenceEqual(CanaryCoins.Flip(64, 1).IsIncluded).Should().BeTrue();
    }

    [Fact]
    public void InsertInto_AddsTheCanariesOfTheCoinsAndKeepsTheRest()
    {
        var canaries = new RecordCanaries(Records(8, offset: 100));
        var coins = CanaryCoins.Flip(8, seed: 2);
        Dataset training = canaries.InsertInto(Records(5, offset: 0), coins);
        training.Features.Values.ToArray().Where((_, i) => i % 2 == 0).Should()
            .Equal([0, 1, 2, 3, 4, .. coins.Included.Select(canary => 100f + canary)]);
        training.Labels.ToArray().Should().Equal([0, 1, 2, 0, 1, .. coins.Included.Select(canary => (100 + canary) % 3)]);
    }

    [Fact]
    public void InsertInto_OtherShape_IsRefused()
    {
        var canaries = new RecordCanaries(Records(8, offset: 100));
        var other = new Dataset("wide", new Tensor([1, 3], new float[3]), [0], ["a", "b", "c"]);
        canaries.Invoking(own => own.InsertInto(other, CanaryCoins.Flip(8, 1))).Should().Throw<ArgumentException>().WithMessage("*wide*");
        canaries.Invoking(own => own.InsertInto(Records(1, 0), CanaryCoins.Flip(7, 1))).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Mislabeled_EveryRecord_HasAnotherClassAndAllOfThemOccur()
    {
        Dataset records = Records(300, offset: 0);
        int[] labels = RecordCanaries.Mislabeled(records, seed: 1).Records.Labels.ToArray();
        int[] shifts = [.. labels.Zip(records.Labels.ToArray(), (wrong, right) => (wrong - right + 3) % 3)];
        shifts.Should().NotContain(0);
        shifts.Count(shift => shift == 1).Should().BeInRange(110, 190);
        Action single = () => RecordCanaries.Mislabeled(new Dataset("one", new Tensor([1, 2], new float[2]), [0], ["a"]), 1);
        single.Should().Throw<ArgumentException>().WithMessage("*two classes*");
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(777, 0.3)]
    public void UpdateOf_AnyCanary_IsNotLongerThanTheNormAndUnlikeTheOthers(int parameters, double norm)
    {
        var canaries = new UpdateCanaries(5, parameters, norm, seed: 3);
        float[][] updates = [.. Enumerable.Range(0, 5).Select(canaries.UpdateOf)];
        foreach (float[] update in updates)
        {
            update.Sum(value => (double)value * value).Should().BeInRange(norm * norm * (1 - 1e-6), norm * norm);
        }

        foreach (float[] other in updates[1..])
        {
            Math.Abs(other.Zip(updates[0], (left, right) => (double)left * right).Sum()).Should().BeLessThan(0.2 * norm * norm);
        }

        canaries.UpdateOf(3).Should().Equal(updates[3]);
        new UpdateCanaries(5, parameters, norm, seed: 4).UpdateOf(3).Should().NotEqual(updates[3]);
    }

    [Fact]
    public void LossScores_OfClients_AreTheMeansOfTheirRecords()
    {
        Model model = ModelFactory.Linear([2], 3).Initialize(1);
        Model before = ModelFactory.Linear([2], 3).Initialize(2);
        Dataset first = Records(3, offset: 0), second = Records(4, offset: 2);
        double[] scores = LossScores.OfClients(model, [first, second], before: before);
        foreach ((Dataset client, double score) in new[] { first, second }.Zip(scores))
        {
            double expected = Evaluator.Evaluate(before, client).Loss - Evaluator.Evaluate(model, client).Loss;
            score.Should().BeApproximately(expected, 1e-5);
        }
    }

    [Fact]
    public void GradientScores_OfAStep_AreInnerProductsOfClippedGradients()
    {
        Model model = ModelFactory.Linear([2], 3).Initialize(1);
        var canaries = new RecordCanaries(Records(6, offset: 1));
        var random = new SeededRandom(1);
        float[] released = [.. Enumerable.Range(0, 9).Select(_ => (float)random.NextGaussian())];
        const double ClipNorm = 2;
        var scores = new GradientScores(canaries, ClipNorm);
        scores.Observe(model, released);
        scores.Observe(model, released);
        for (int canary = 0; canary < 6; canary++)
        {
            (_, IReadOnlyList<Tensor> gradients) = Trainer.ComputeGradients(
                model, canaries.Records.GatherFeatures([canary]), canaries.Records.GatherLabels([canary]));
            float[] gradient = [.. gradients.SelectMany(part => part.Values.ToArray())];
            double norm = Math.Sqrt(gradient.Sum(value => (double)value * value));
            double expected = 2 * Math.Min(1, ClipNorm / norm) * gradient.Zip(released, (left, right) => (double)left * right).Sum();
            scores.Scores[canary].Should().BeApproximately(expected, 1e-5);
        }
    }

    private static Dataset Records(int count, int offset) => new(
        "records",
        new Tensor([count, 2], [.. Enumerable.Range(0, count).SelectMany(i => new float[] { offset + i, 1 })]),
        [.. Enumerable.Range(offset, count).Select(i => i % 3)],
        ["a", "b", "c"]);
}
