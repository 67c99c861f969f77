using System.Numerics.Tensors;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Tests.Support;

namespace FedHe.MLBridge.Tests.Layout;

public sealed class TensorFlattenerTests
{
    [Fact]
    public void FlattenThenReshape_EveryElementTypeAndShape_GivesTheSameModel()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            ModelParameters model = TestModels.Random(TestModels.SmallLayout, seed);
            double[] flat = Flatten(model);
            flat.Should().OnlyContain(value => Math.Abs(value) <= 1);
            AssertSame(new TensorFlattener(model.Layout).Reshape(flat, model), model);
        }
    }

    [Fact]
    public void Flatten_ValuesAtTheirBounds_GivesExactlyOne()
    {
        ModelParameters model = TestModels.Create(TestModels.SmallLayout, (_, i) => i % 2 == 0 ? 1 : -1);
        Flatten(model).Should().OnlyContain(value => Math.Abs(value) == 1);
    }

    [Fact]
    public void Reshape_AveragesBesideTheLimits_StaysAcceptableForTheNextRound()
    {
        ModelParameters template = TestModels.Random(TestModels.SmallLayout, 5);
        double[] averages = [.. Enumerable.Range(0, template.Layout.ToArrayLength()).Select(i => i % 2 == 0 ? 1.0001 : -1.0001)];
        ModelParameters averaged = new TensorFlattener(template.Layout).Reshape(averages, template);
        Flatten(averaged).Should().OnlyContain(value => Math.Abs(value) == 1);
    }

    [Fact]
    public void Reshape_Buffers_AreThoseOfTheTemplate()
    {
        ModelParameters template = TestModels.Random(TestModels.SmallLayout, 6);
        var averages = new double[template.Layout.ParameterCount];
        ModelParameters averaged = new TensorFlattener(template.Layout).Reshape(averages, template);
        averaged.Get<long>("norm.num_batches_tracked").ToArray().Should().Equal(template.Get<long>("norm.num_batches_tracked").ToArray());
        averaged.Get<bool>("head.frozen").ToArray().Should().Equal(template.Get<bool>("head.frozen").ToArray());
        averaged.Get<byte>("norm.mode").ToArray().Should().Equal(template.Get<byte>("norm.mode").ToArray());
        averaged.Get<int>("head.index").ToArray().Should().Equal(template.Get<int>("head.index").ToArray());
        averaged.Get<float>("conv.weight").ToArray().Should().OnlyContain(value => value == 0);
    }

    public static TheoryData<string, double> BadValues
    {
        get
        {
            var data = new TheoryData<string, double>();
            foreach (TensorSpec tensor in TestModels.SmallLayout.Tensors.Where(tensor => tensor.IsAggregated))
            {
                foreach (double value in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1.25, -1.25])
                {
                    data.Add(tensor.Name, value);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(BadValues))]
    public void Flatten_ValueThatCannotBeEncrypted_IsRefusedWithTensorAndIndexOnly(string name, double fraction)
    {
        int last = TestModels.SmallLayout[name].ToArrayLength() - 1;
        ModelParameters model = TestModels.Create(TestModels.SmallLayout, (t, i) => t.Name == name && i == last ? fraction : 0.5);
        ModelValueException exception = model.Invoking(m => Flatten(m)).Should().Throw<ModelValueException>().Which;
        exception.Tensor.Should().Be(name);
        exception.Index.Should().Be(last);
        exception.Error.Should().Be(double.IsFinite(fraction) ? ValueError.OutsideBound : ValueError.NotFinite);
        string value = TestModels.Values(model, model.Layout[name])[last].ToString(System.Globalization.CultureInfo.InvariantCulture);
        exception.Message.Should().NotContain(value).And.Contain(name);
    }

    [Fact]
    public void Flatten_UnderClamp_MovesFiniteValuesAndCountsThem()
    {
        ModelParameters model = TestModels.Create(
            TestModels.SmallLayout, (t, i) => t.Name == "conv.weight" ? (i < 2 ? 3 : -1.5) : t.Name == "temperature" ? -2 : 0.5);
        var flat = new double[model.Layout.ParameterCount];
        ClampReport report = new TensorFlattener(model.Layout, BoundPolicy.Clamp).Flatten(model, flat);
        report.Total.Should().Be(7);
        report.Counts[model.Layout.IndexOf("conv.weight")].Should().Be(6);
        report.Counts[model.Layout.IndexOf("temperature")].Should().Be(1);
        flat[..6].Should().Equal(1, 1, -1, -1, -1, -1);
        flat[^1].Should().Be(-1);
    }

    [Fact]
    public void Flatten_NotFiniteUnderClamp_IsStillRefused()
    {
        ModelParameters model = TestModels.Create(TestModels.SmallLayout, (t, i) => t.Name == "conv.bias" && i == 1 ? double.NaN : 3);
        Action flatten = () => new TensorFlattener(model.Layout, BoundPolicy.Clamp).Flatten(model, new double[model.Layout.ParameterCount]);
        flatten.Should().Throw<ModelValueException>().Which.Tensor.Should().Be("conv.bias");
    }

    [Fact]
    public void Flatten_ModelOfAnotherLayoutOrWrongLength_IsRefused()
    {
        var flattener = new TensorFlattener(TestModels.SmallLayout);
        ModelParameters own = TestModels.Random(TestModels.SmallLayout, 1);
        ModelParameters other = TestModels.Random(new ModelLayout(new TensorSpec("w", ElementType.Float32, [18], 1)), 1);
        flattener.Invoking(f => f.Flatten(other, new double[18])).Should().Throw<HeMismatchException>();
        flattener.Invoking(f => f.Flatten(own, new double[3])).Should().Throw<ArgumentException>();
        flattener.Invoking(f => f.Reshape(new double[18], other)).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Tensors_InAndOut_KeepShapeAndContent()
    {
        var layout = new ModelLayout(
            new TensorSpec("w", ElementType.Float32, [2, 3], 10), new TensorSpec("n", ElementType.Int64, []));
        Tensor<float> weights = Tensor.Create([1f, 2f, 3f, 4f, 5f, 6f], [2, 3]);
        ModelParameters model = ModelParameters.CreateBuilder(layout)
            .Set("w", weights)
            .Set("n", Tensor.Create([7L], [1]))
            .Build();
        ReadOnlyTensorSpan<float> read = model.GetTensor<float>("w");
        read.Lengths.ToArray().Should().Equal(2, 3);
        read[1, 0].Should().Be(4);
        model.Get<long>("n").ToArray().Should().Equal(7);
        model.GetTensor<long>("n").Lengths.ToArray().Should().Equal(1);

        // A transposed view is another shape, and a view of the same shape is read in its own order.
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout);
        builder.Invoking(b => b.Set("w", Tensor.Create([1f, 2f, 3f, 4f, 5f, 6f], [3, 2]))).Should().Throw<ArgumentException>();
        builder.Set("w", Tensor.Create([1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f], [2, 4])[0.., 1..]).Set<long>("n", [1]);
        builder.Build().Get<float>("w").ToArray().Should().Equal(2, 3, 4, 6, 7, 8);
    }

    [Fact]
    public void Builder_WrongTypeCountOrMissingTensor_IsRefused()
    {
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(TestModels.SmallLayout);
        builder.Invoking(b => b.Set<float>("conv.bias", [1, 2])).Should().Throw<ArgumentException>();
        builder.Invoking(b => b.Set<ushort>("head.weight", [1, 2, 3, 4, 5])).Should().Throw<ArgumentException>();
        builder.Invoking(b => b.SetBFloat16Bits("conv.bias", [1, 2])).Should().Throw<ArgumentException>();
        builder.Invoking(b => b.Set<double>("conv.bias", [1])).Should().Throw<ArgumentException>();
        builder.Invoking(b => b.Build()).Should().Throw<InvalidOperationException>().WithMessage("*conv.weight*");
        ModelParameters model = TestModels.Random(TestModels.SmallLayout, 1);
        model.Invoking(m => m.Get<float>("conv.bias").Length).Should().Throw<ArgumentException>();
        model.Invoking(m => m.GetBFloat16Bits("conv.bias").Length).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Builder_SourceChangedAfterwards_LeavesTheModelAlone()
    {
        var layout = new ModelLayout(new TensorSpec("w", ElementType.Float32, [2], 1));
        float[] source = [0.25f, 0.5f];
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout).Set<float>("w", source);
        ModelParameters model = builder.Build();
        source[0] = 9;
        builder.Set<float>("w", [7, 7]);
        model.Get<float>("w").ToArray().Should().Equal(0.25f, 0.5f);
    }

    [Fact]
    public void BFloat16_RoundingOfEveryPatternAndMidpoint_IsToNearestEven()
    {
        for (int bits = 0; bits < 0x7F80; bits++)
        {
            double value = FloatingFormat.FromBFloat16Bits((ushort)bits);
            double midpoint = BitConverter.UInt32BitsToSingle(((uint)bits << 16) | 0x8000);
            if (FloatingFormat.ToBFloat16Bits(value) != bits || FloatingFormat.ToBFloat16Bits(midpoint) != bits + (bits & 1))
            {
                Assert.Fail($"The pattern {bits:x4} or the midpoint above it rounds wrongly.");
            }
        }
    }

    private static double[] Flatten(ModelParameters model)
    {
        var flat = new double[model.Layout.ParameterCount];
        new TensorFlattener(model.Layout).Flatten(model, flat).Total.Should().Be(0);
        return flat;
    }

    private static void AssertSame(ModelParameters actual, ModelParameters expected)
    {
        foreach (TensorSpec tensor in expected.Layout.Tensors.Where(tensor => tensor.IsAggregated))
        {
            TestModels.Values(actual, tensor).Should().Equal(TestModels.Values(expected, tensor));
        }
    }
}
