using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Layers;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Tests.Autodiff;

public sealed class GradientTests
{
    [Fact]
    public void Of_ThirdDerivativeOfAPower_IsExact()
    {
        var x = Variable.Of(Tensor.Scalar(2));
        Variable power = Operations.Square(Operations.Square(x));
        Variable first = Gradient.Of(power, [x], createGraph: true)[0];
        Variable second = Gradient.Of(first, [x], createGraph: true)[0];
        Variable third = Gradient.Of(second, [x])[0];
        first.ToScalar().Should().Be(32);
        second.ToScalar().Should().Be(48);
        third.ToScalar().Should().Be(48);
        third.RequiresGradient.Should().BeFalse();
    }

    [Fact]
    public void Of_SharedIntermediateResult_AddsItsGradients()
    {
        var x = Variable.Of(Tensor.Scalar(3));
        Variable shared = x * x;
        Variable[] gradients = Gradient.Of((shared * shared) + shared, [x, shared]);
        gradients.Select(gradient => gradient.ToScalar()).Should().Equal((18 * 6) + 6, 18 + 1);
    }

    [Fact]
    public void Of_UnusedVariable_IsZero()
    {
        var used = Variable.Of(Tensor.Scalar(3));
        var unused = Variable.Of(Tensor.Filled([2], 1));
        Gradient.Of(Operations.Square(used), [unused])[0].Value.Values.ToArray().Should().Equal(0, 0);
    }

    [Fact]
    public void Of_SeveralElements_IsRefused()
    {
        var x = Variable.Of(Tensor.Zeros([2]));
        Func<Variable[]> gradient = () => Gradient.Of(x, [x]);
        gradient.Should().Throw<ArgumentException>().WithMessage("*[2]*");
    }

    [Fact]
    public void Of_LongChain_NeedsNoDeepRecursion()
    {
        var x = Variable.Of(Tensor.Scalar(1));
        Variable chain = Enumerable.Range(0, 100_000).Aggregate(x, (current, _) => Operations.Shift(current, 1));
        Gradient.Of(chain, [x])[0].ToScalar().Should().Be(1);
    }

    [Theory]
    [InlineData(PoolingKind.Max)]
    [InlineData(PoolingKind.Average)]
    public void Of_GradientMatchingLossOfAConvolutionalModel_MatchesCentralDifferences(PoolingKind pooling)
    {
        // The objective of a gradient-inversion attack: the distance between the gradients of an unknown sample with a
        // soft label and the observed ones, differentiated with respect to the sample and the label.
        Model model = new Model("small", [2, 6, 6],
        [
            new Convolution2d("conv", 2, 3, window: 3, padding: 1),
            new Activation(ActivationFunction.Sigmoid),
            new Pooling2d(pooling, 2),
            new Flatten(),
            new Dense("fc", 27, 4),
        ]).Initialize(5, ParameterInitialization.UniformHalf);
        Tensor image = DerivativeCheck.SpacedValues([1, 2, 6, 6], seed: 1, -1, 1);
        Tensor label = DerivativeCheck.SpacedValues([1, 4], seed: 2, -1, 1);
        DerivativeCheck.FirstOrder(Distance, [image, label]);

        Variable Distance(Variable[] unknown)
        {
            Variable[] parameters = model.ParameterVariables();
            Variable loss = Losses.SoftmaxCrossEntropy(model.Forward(unknown[0], parameters), Operations.Softmax(unknown[1]));
            return Gradient.Of(loss, parameters, createGraph: true)
                .Select(gradient => Operations.Sum(Operations.Square(gradient)))
                .Aggregate(Operations.Add);
        }
    }
}
