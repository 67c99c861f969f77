using FedHe.Crypto.Errors;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Errors;
using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Selection;
using FedHe.PrivacyAudit.Tests.Support;

namespace FedHe.PrivacyAudit.Tests.Attacks;

public sealed class AttackTests
{
    private static readonly Model Model = SmallModels.Convolutional();

    public static TheoryData<int, LabelKnowledge> Pictures { get; } = new()
    {
        { 1, LabelKnowledge.Optimized }, { 2, LabelKnowledge.Optimized }, { 3, LabelKnowledge.Inferred },
    };

    [Theory]
    [MemberData(nameof(Pictures))]
    public void DeepLeakage_OfAnUnencryptedGradient_RecoversPictureAndLabel(int seed, LabelKnowledge knowledge)
    {
        Tensor picture = SmallModels.Picture(seed);
        ObservedGradient observed = Observe(picture, label: 2, ratio: 0);

        RecoveredImage best = Best(new DeepLeakageAttack(new DeepLeakageOptions { MaxIterations = 800, Label = knowledge }), observed, picture);

        SmallModels.MeanSquaredError(picture, best.Pixels).Should().BeLessThan(1e-4);
        best.Label.Should().Be(2);
    }

    [Fact]
    public void DeepLeakage_OfAFullyEncryptedGradient_RecoversNothing()
    {
        Tensor picture = SmallModels.Picture(1);

        RecoveredImage best = Best(
            new DeepLeakageAttack(new DeepLeakageOptions { MaxIterations = 300 }), Observe(picture, label: 2, ratio: 1), picture);

        SmallModels.MeanSquaredError(picture, best.Pixels).Should().BeGreaterThan(0.05);
    }

    [Fact]
    public void DeepLeakage_WithRandomEntriesMissing_DoesBetterByLeavingThemOutThanByMatchingZeros()
    {
        Tensor picture = SmallModels.Picture(1);
        ObservedGradient observed = Observe(picture, label: 2, ratio: 0.1);

        double zeroed = SmallModels.MeanSquaredError(picture, Best(Dlg(MaskTreatment.Zeroed), observed, picture).Pixels);
        double leftOut = SmallModels.MeanSquaredError(picture, Best(Dlg(MaskTreatment.LeftOut), observed, picture).Pixels);

        leftOut.Should().BeLessThan(1e-3);
        zeroed.Should().BeGreaterThan(10 * leftOut);

        static DeepLeakageAttack Dlg(MaskTreatment treatment)
            => new(new DeepLeakageOptions { Treatment = treatment, MaxIterations = 800 });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void InvertingGradients_OfAnUnencryptedGradient_RecoversThePicture(bool isTensorwise)
    {
        Tensor picture = SmallModels.Picture(1);
        ObservedGradient observed = Observe(picture, label: 2, ratio: 0);
        var attack = new InvertingGradientsAttack(new InvertingGradientsOptions
        {
            MaxIterations = 1500,
            TotalVariation = 1e-3f,
            IsTensorwise = isTensorwise,
        });

        RecoveredImage best = Best(attack, observed, picture);

        SmallModels.MeanSquaredError(picture, best.Pixels).Should().BeLessThan(3e-3);
        best.Label.Should().Be(2);
    }

    [Fact]
    public void InvertingGradients_OfAFullyEncryptedGradient_EndsWithoutTheLabel()
    {
        ObservedGradient observed = Observe(SmallModels.Picture(1), label: 2, ratio: 1);
        foreach (bool isTensorwise in (bool[])[false, true])
        {
            var attack = new InvertingGradientsAttack(new InvertingGradientsOptions { MaxIterations = 10, IsTensorwise = isTensorwise });
            RecoveredImage image = attack.Recover(observed, new AttackAttempt(1));
            image.Pixels.ToArray().Should().OnlyContain(value => value >= 0 && value <= 1);
            image.Label.Should().Be(0, "every row is encrypted, so the first is as good as any");
        }
    }

    [Fact]
    public void Attacks_WithEqualSeeds_GiveEqualResults()
    {
        ObservedGradient observed = Observe(SmallModels.Picture(1), label: 1, ratio: 0.2);
        foreach (IGradientAttack attack in (IGradientAttack[])
            [new DeepLeakageAttack(new() { MaxIterations = 20 }), new InvertingGradientsAttack(new() { MaxIterations = 20 })])
        {
            RecoveredImage first = attack.Recover(observed, new AttackAttempt(7));
            RecoveredImage second = attack.Recover(observed, new AttackAttempt(7));
            first.Pixels.ToArray().Should().Equal(second.Pixels.ToArray());
            attack.Recover(observed, new AttackAttempt(8)).Pixels.ToArray().Should().NotEqual(first.Pixels.ToArray());
        }
    }

    [Fact]
    public void Attack_Cancelled_Ends()
    {
        using var cancellation = new CancellationTokenSource();
        int iterations = 0;
        var attempt = new AttackAttempt(1)
        {
            CancellationToken = cancellation.Token,
            Progress = new Counter(() =>
            {
                if (++iterations == 5)
                {
                    cancellation.Cancel();
                }
            }),
        };

        Action attack = () => new DeepLeakageAttack().Recover(Observe(SmallModels.Picture(1), 0, 0), attempt);

        attack.Should().Throw<OperationCanceledException>();
        iterations.Should().Be(5);
    }

    [Fact]
    public void ObservedGradient_WhereEncrypted_HoldsNothing()
    {
        ObservedGradient observed = Observe(SmallModels.Picture(1), label: 2, ratio: 0.3);

        for (int i = 0; i < observed.Values.Length; i++)
        {
            if (observed.Encrypted[i])
            {
                observed.Values[i].Should().Be(0);
            }
        }

        observed.Encrypted.Count(true).Should().Be((int)Math.Ceiling(0.3 * Model.ParameterCount));
    }

    [Fact]
    public void LabelInference_WhenTheMaskCoversTheLabelsRow_ReadsItFromTheMask()
    {
        Tensor picture = SmallModels.Picture(1);
        bool[] all = new bool[Model.ParameterCount];
        Array.Fill(all, true);
        float[] gradient = FlatGradient.Of(Model, picture, [3]);
        bool[] negativeOnly = [.. gradient.Select((value, i) => value < 0 && i >= 60)];

        LabelInference.Of(new ObservedGradient(Model, gradient, new bool[gradient.Length])).Should().Be(3);
        LabelInference.Of(new ObservedGradient(Model, gradient, negativeOnly)).Should().Be(3);
        LabelInference.Of(new ObservedGradient(Model, gradient, all)).Should().Be(0, "nothing is left to read");
    }

    private static ObservedGradient Observe(Tensor picture, int label, double ratio)
        => ObservedGradient.Of(Model, picture, [label], SelectedPositions.Random(Model.ParameterCount, ratio, seed: 3));

    private static RecoveredImage Best(IGradientAttack attack, ObservedGradient observed, Tensor picture)
        => Enumerable.Range(1, 3)
            .Select(seed => attack.Recover(observed, new AttackAttempt(seed)))
            .MinBy(result => SmallModels.MeanSquaredError(picture, result.Pixels))!;

    private sealed class Counter(Action count) : IProgress<AttackProgress>
    {
        public void Report(AttackProgress value) => count();
    }
}
