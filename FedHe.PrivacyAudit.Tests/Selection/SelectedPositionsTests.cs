using FedHe.Crypto.Errors;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Reporting;
using FedHe.PrivacyAudit.Selection;
using FedHe.PrivacyAudit.Tests.Support;

namespace FedHe.PrivacyAudit.Tests.Selection;

public sealed class SelectedPositionsTests
{
    [Fact]
    public void Top_OfARatio_TakesTheMostSensitiveAndBreaksTiesByPosition()
        => SelectedPositions.Top([1, 5, 3, 5, 3], 0.5).Should().Equal(false, true, true, true, false);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.101, 11)]
    [InlineData(1, 100)]
    public void Selection_OfARatio_HasTheCeilingOfItsShare(double ratio, int expected)
    {
        SelectedPositions.Top(new float[100], ratio).Count(selected => selected).Should().Be(expected);
        SelectedPositions.Random(100, ratio, seed: 1).Count(selected => selected).Should().Be(expected);
    }

    [Fact]
    public void Random_OfALargerRatio_ContainsTheSmaller()
    {
        bool[] small = SelectedPositions.Random(1000, 0.1, seed: 5);
        bool[] large = SelectedPositions.Random(1000, 0.3, seed: 5);
        small.Zip(large, (inSmall, inLarge) => !inSmall || inLarge).Should().AllBeEquivalentTo(true);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Selection_OfNoRatio_IsRefused(double ratio)
        => FluentActions.Invoking(() => SelectedPositions.Random(10, ratio, seed: 1)).Should().Throw<ArgumentOutOfRangeException>();

    [Fact]
    public void PrivacyMap_OfSeveralSamples_IsTheMixedDerivativeAveraged()
    {
        Model model = SmallModels.Convolutional();
        Tensor[] pictures = [SmallModels.Picture(1), SmallModels.Picture(2)];
        int[] labels = [4, 1];
        var batch = new Tensor([2, 1, 8, 8], [.. pictures.SelectMany(picture => picture.Values.ToArray())]);

        ReadOnlySpan<float> map = PrivacyMap.Of(model, batch, labels).Sensitivity;

        // d/dy of the gradient by a second differentiation, at some parameters.
        foreach (int position in (int[])[0, 17, 55, 61, 200, 530])
        {
            pictures.Zip(labels, (picture, label) => Math.Abs(MixedDerivative(model, picture, label, position))).Average()
                .Should().BeApproximately(map[position], 1e-6);
        }
    }

    private static double MixedDerivative(Model model, Tensor picture, int label, int position)
    {
        Variable[] parameters = model.ParameterVariables();
        Variable target = Variable.Of(Tensor.OneHot([label], model.OutputCount));
        Variable loss = Losses.SoftmaxCrossEntropy(model.Forward(Variable.Constant(picture), parameters), target);
        Variable[] gradients = Gradient.Of(loss, parameters, createGraph: true);
        int offset = position;
        int tensor = 0;
        for (; offset >= gradients[tensor].Value.Length; tensor++)
        {
            offset -= gradients[tensor].Value.Length;
        }

        Variable entry = Operations.Gather(gradients[tensor], [offset], TensorShape.Scalar);
        return Gradient.Of(entry, [target])[0].Value.Values[label];
    }
}
