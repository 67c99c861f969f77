using FedHe.Crypto.Errors;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Tests.Autodiff;

public sealed class OperationTests
{
    public static TheoryData<string> AllOperations => new(OperationCases.Names);

    [Theory]
    [MemberData(nameof(AllOperations))]
    public void Operation_FirstDerivative_MatchesCentralDifferences(string name)
    {
        OperationCase operation = OperationCases.Find(name);
        DerivativeCheck.FirstOrder(operation.Function, operation.Inputs());
    }

    [Theory]
    [MemberData(nameof(AllOperations))]
    public void Operation_SecondDerivative_MatchesCentralDifferences(string name)
    {
        OperationCase operation = OperationCases.Find(name);
        DerivativeCheck.SecondOrder(operation.Function, operation.Inputs());
    }

    [Fact]
    public void Add_StretchedBothWays_GivesTheOuterSum()
    {
        var column = Variable.Constant(new Tensor([2, 1], [10, 20]));
        var row = Variable.Constant(new Tensor([3], [1, 2, 3]));
        (column + row).Value.Values.ToArray().Should().Equal(11, 12, 13, 21, 22, 23);
        (row - column).Value.Values.ToArray().Should().Equal(-9, -8, -7, -19, -18, -17);
    }

    [Fact]
    public void Add_ShapesThatDoNotMatch_IsRefused()
    {
        Func<Variable> add = () => Variable.Constant(Tensor.Zeros([2, 3])) + Variable.Constant(Tensor.Zeros([2]));
        add.Should().Throw<ArgumentException>().WithMessage("*[2, 3]*[2]*");
    }

    [Fact]
    public void Softmax_HugeLogits_StaysFinite()
    {
        var logits = Variable.Constant(new Tensor([2, 2], [1e30f, -1e30f, 500, 500]));
        Operations.Softmax(logits).Value.Values.ToArray().Should().Equal(
            new[] { 1, 0, 0.5f, 0.5f }, (actual, expected) => Math.Abs(actual - expected) < 1e-6f);
    }

    [Fact]
    public void BinaryCrossEntropy_AtZeroLogits_HasTheGradientOfTheLimit()
    {
        var logits = Variable.Of(Tensor.Zeros([1, 1]));
        Variable loss = Losses.BinaryCrossEntropy(logits, Variable.Constant(Tensor.Filled([1, 1], 1)));
        loss.ToScalar().Should().BeApproximately(MathF.Log(2), 1e-6f);
        Gradient.Of(loss, [logits])[0].ToScalar().Should().Be(-0.5f);
    }

    [Fact]
    public void Max_Ties_ShareTheGradient()
    {
        var variable = Variable.Of(new Tensor([4], [3, 1, 3, 2]));
        Variable gradient = Gradient.Of(Operations.Max(variable, [0]), [variable])[0];
        gradient.Value.Values.ToArray().Should().Equal(0.5f, 0, 0.5f, 0);
    }
}
