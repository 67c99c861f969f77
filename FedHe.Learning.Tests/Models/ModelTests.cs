using FedHe.Crypto.Errors;
using FedHe.Learning.Autodiff;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Tests.Models;

public sealed class ModelTests
{
    [Fact]
    public void PaperModels_ParameterCounts_AreThoseOfThePaper()
    {
        PaperModels.Linear().ParameterCount.Should().Be(101);
        PaperModels.Mlp().ParameterCount.Should().Be(79_510);
        PaperModels.LeNet().ParameterCount.Should().Be(88_648);
        PaperModels.Cnn().ParameterCount.Should().Be(1_663_370);
    }

    [Fact]
    public void Cnn_Parameters_AreNamedAndShapedAsInPyTorch()
    {
        PaperModels.Cnn().Parameters.Select(parameter => $"{parameter.Name} {parameter.Value.Shape}").Should().Equal(
            "conv1.weight [32, 1, 5, 5]", "conv1.bias [32]", "conv2.weight [64, 32, 5, 5]", "conv2.bias [64]",
            "fc1.weight [512, 3136]", "fc1.bias [512]", "fc2.weight [10, 512]", "fc2.bias [10]");
    }

    [Fact]
    public void LeNet_FlattensTo768()
    {
        PaperModels.LeNet().Parameters[^2].Value.Shape.Should().Equal(100, 768);
    }

    [Theory]
    [InlineData("linear", new[] { 7 }, 3)]
    [InlineData("mlp", new[] { 3, 9, 11 }, 2)]
    [InlineData("lenet", new[] { 1, 28, 28 }, 10)]
    [InlineData("lenet", new[] { 3, 9, 7 }, 4)]
    [InlineData("cnn", new[] { 3, 32, 32 }, 100)]
    [InlineData("CNN", new[] { 2, 5, 9 }, 3)]
    [InlineData("tanh-cnn", new[] { 1, 28, 28 }, 10)]
    [InlineData("tanh-cnn", new[] { 3, 17, 16 }, 2)]
    public void Create_AnySampleShape_PredictsOneScorePerClass(string name, int[] sample, int classes)
    {
        Model model = ModelFactory.Create(name, TensorShape.Create(sample), classes).Initialize(1);
        Tensor output = model.Predict(Tensor.Filled(model.SampleShape.Prepend(2), 0.5f));
        output.Shape.Should().Equal(2, classes);
        output.Values.ToArray().Should().OnlyContain(value => float.IsFinite(value)).And.Contain(value => value != 0);
    }

    [Theory]
    [InlineData("cnn")]
    [InlineData("tanh-cnn")]
    [InlineData("lenet")]
    public void Create_ConvolutionOnATable_SaysWhatToUse(string name)
    {
        Func<Model> create = () => ModelFactory.Create(name, [30], 2);
        create.Should().Throw<ArgumentException>().WithMessage("*'mlp' or 'linear'*");
    }

    [Fact]
    public void Create_UnknownName_ListsTheKnownOnes()
    {
        Func<Model> create = () => ModelFactory.Create("transformer", [30], 2);
        create.Should().Throw<ArgumentException>().WithMessage("*linear, mlp, lenet, cnn, tanh-cnn*");
    }

    [Fact]
    public void Initialize_FanIn_StaysWithinItsBoundAndFollowsTheSeed()
    {
        Model model = PaperModels.Mlp().Initialize(1);
        float[] weights = model.Parameters[0].Value.Values.ToArray();
        weights.Should().OnlyContain(weight => Math.Abs(weight) <= 1f / 28);
        weights.Max().Should().BeGreaterThan(0.99f / 28);
        LastWeights(PaperModels.Mlp().Initialize(1)).Should().Equal(LastWeights(model));
        LastWeights(PaperModels.Mlp().Initialize(2)).Should().NotEqual(LastWeights(model));

        static float[] LastWeights(Model model) => model.Parameters[2].Value.Values.ToArray();
    }

    [Fact]
    public void Clone_ChangedAfterwards_LeavesTheOriginal()
    {
        Model model = PaperModels.Linear().Initialize(1);
        float before = model.Parameters[0].Value.Values[0];
        Model clone = model.Clone();
        clone.Parameters[0].Value.Values[0] = 7;
        model.Parameters[0].Value.Values[0].Should().Be(before);
        model.CopyParametersFrom(clone);
        model.Parameters[0].Value.Values[0].Should().Be(7);
    }

    [Fact]
    public void Forward_WrongSampleShape_IsRefused()
    {
        Model model = PaperModels.Mlp();
        Func<Variable> forward = () => model.Forward(Variable.Constant(Tensor.Zeros([2, 784])), model.ParameterVariables());
        forward.Should().Throw<ArgumentException>().WithMessage("*[1, 28, 28]*[2, 784]*");
    }
}
