using FedHe.Crypto.Errors;
using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Tests.Adapters;

public sealed class AdapterLayoutTests
{
    [Fact]
    public void Of_AModelWithABaseModel_FindsPairsAndKeepsEverythingElseLocal()
    {
        AdapterLayout adapters = AdapterLayout.Of(AdapterModels.LayoutOf(2));
        AdapterPair pair = adapters.Pairs.Should().ContainSingle().Subject;
        (pair.Name, pair.Rank, pair.Inputs, pair.Outputs).Should().Be(("model.q_proj", 2, 3, 2));
        adapters.Rank.Should().Be(2);
        adapters.Layout.ParameterCount.Should().Be(10);
        adapters.Layout.Tensors.Where(tensor => tensor.IsAggregated).Select(tensor => tensor.Name).Should().Equal(AdapterModels.A, AdapterModels.B);
        adapters.Layout.Tensors.Select(tensor => tensor.Name).Should().Equal(AdapterModels.LayoutOf(2).Tensors.Select(tensor => tensor.Name));
    }

    [Theory]
    [InlineData(AdapterHalf.A, AdapterModels.A, 6)]
    [InlineData(AdapterHalf.B, AdapterModels.B, 4)]
    public void LayoutOf_AHalf_AveragesThatHalfAlone(AdapterHalf moving, string name, int count)
    {
        ModelLayout layout = AdapterLayout.Of(AdapterModels.LayoutOf(2)).LayoutOf(moving);
        layout.Tensors.Should().ContainSingle(tensor => tensor.IsAggregated).Which.Name.Should().Be(name);
        layout.ParameterCount.Should().Be(count);
    }

    [Fact]
    public void Of_NamesWithAnAdapter_PairsEachAdapterByItself()
    {
        var layout = new ModelLayout(
            Matrix("m.lora_A.default.weight", 2, 3), Matrix("m.lora_B.other.weight", 2, 4), Matrix("m.lora_B.default.weight", 2, 2), Matrix("m.lora_A.other.weight", 4, 3));
        AdapterLayout.Of(layout).Pairs.Select(pair => (pair.Name, pair.Rank)).Should().Equal(("m (default)", 2), ("m (other)", 4));
    }

    [Theory]
    [InlineData("m.lora_A.weight", 2, 3, "m.lora_B.weight", 2, 3, "*two ranks*")]
    [InlineData("m.lora_A.weight", 2, 3, "m.bias", 2, 2, "*m.lora_A.weight*no partner*")]
    [InlineData("m.lora_A.weight", 2, 3, "n.lora_B.weight", 2, 2, "*no partner*")]
    [InlineData("m.lora_A.one.weight", 2, 3, "m.lora_B.two.weight", 2, 2, "*no partner*")]
    [InlineData("m.lora_embedding_A", 2, 3, "m.lora_embedding_B", 2, 2, "*lora_embedding_A*kind*")]
    [InlineData("m.lora_A.weight", 2, 3, "m.lora_magnitude_vector", 2, 2, "*lora_magnitude_vector*kind*")]
    [InlineData("m.lora_A.bias", 2, 3, "m.lora_B.bias", 2, 2, "*lora_A.bias*kind*")]
    [InlineData("m.weight", 2, 3, "m.bias", 2, 2, "*no adapter*")]
    public void Of_TensorsThatAreNoPairs_IsRefusedByName(string one, int rows, int columns, string two, int otherRows, int otherColumns, string message)
    {
        Action find = () => AdapterLayout.Of(new ModelLayout(Matrix(one, rows, columns), Matrix(two, otherRows, otherColumns)));
        find.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Theory]
    [InlineData("lora_encoder.fc.weight", false)]
    [InlineData("m.lora_Alpha.weight", false)]
    [InlineData("m.lora_A", true)]
    [InlineData("m.lora_B.default.weight", true)]
    [InlineData("m.lora_embedding_A", true)]
    [InlineData("m.lora_magnitude_vector.weight", true)]
    public void IsIn_ATensor_IsDecidedByWholePartsOfItsName(string name, bool expected)
    {
        AdapterLayout.IsIn(new ModelLayout(Matrix(name, 2, 3))).Should().Be(expected);
        AdapterLayout.IsAlone(new ModelLayout(Matrix(name, 2, 3), TensorSpec.Local("head.weight", ElementType.Float32, [2]))).Should().Be(expected);
        AdapterLayout.IsIn(new ModelLayout(TensorSpec.Local(name, ElementType.Float32, [2, 3]), Matrix("head.weight", 1, 1))).Should().BeFalse();
    }

    [Fact]
    public void Of_AdaptersThatStay_LeavesThemToTheirClient()
    {
        var layout = new ModelLayout(
            TensorSpec.Local("m.lora_A.personal.weight", ElementType.Float32, [4, 3]),
            TensorSpec.Local("m.lora_B.personal.weight", ElementType.Float32, [2, 4]),
            TensorSpec.Local("m.lora_embedding_A.personal", ElementType.Float32, [4, 3]),
            Matrix("m.lora_A.common.weight", 2, 3),
            Matrix("m.lora_B.common.weight", 2, 2));
        AdapterLayout adapters = AdapterLayout.Of(layout);
        adapters.Pairs.Should().ContainSingle().Which.A.Name.Should().Be("m.lora_A.common.weight");
        adapters.Layout.Digest.Should().Be(layout.Digest);
        adapters.LayoutOf(AdapterHalf.A).ParameterCount.Should().Be(6);
    }

    [Fact]
    public void Of_ConvolutionsAndHalvesThatStayAlone_IsRefusedByName()
    {
        Action convolution = () => AdapterLayout.Of(new ModelLayout(
            new TensorSpec("m.lora_A.weight", ElementType.Float32, [2, 3, 1, 1], 1), Matrix("m.lora_B.weight", 2, 2)));
        Action local = () => AdapterLayout.Of(new ModelLayout(TensorSpec.Local("m.lora_A.weight", ElementType.Float32, [2, 3]), Matrix("m.lora_B.weight", 2, 2)));
        convolution.Should().Throw<ArgumentException>().WithMessage("*m.lora_A.weight*no matrix*");
        local.Should().Throw<ArgumentException>().WithMessage("*m.lora_A.weight*stays*").Which.Message.Should().NotContain("bound", "nobody is to be led to send what is personal");
    }

    [Theory]
    [InlineData(AdapterHalf.A, AdapterModels.B)]
    [InlineData(AdapterHalf.B, AdapterModels.A)]
    public void RequireFrozen_OneBitOfTheOtherHalf_IsRefusedByTensorAndIndex(AdapterHalf moving, string frozen)
    {
        AdapterLayout adapters = AdapterLayout.Of(AdapterModels.LayoutOf(2));
        ModelParameters before = AdapterModels.Of(2, 0, 0);
        float[] a = before.Get<float>(AdapterModels.A).ToArray();
        double[] b = before.Get<double>(AdapterModels.B).ToArray();

        // The half that may move does, and one bit of the other one: the sign of a zero.
        a[0] = frozen == AdapterModels.A ? -a[0] : 2;
        b[0] = frozen == AdapterModels.B ? -b[0] : 2;
        ModelParameters after = ModelParameters.CreateBuilder(before.Layout)
            .Set<float>("model.embed.weight", new float[15]).Set<float>(AdapterModels.A, a).Set<double>(AdapterModels.B, b).Set<long>("model.steps", [9]).Build();
        Action check = () => adapters.RequireFrozen(before, after, moving);
        FrozenAdapterException refused = check.Should().Throw<FrozenAdapterException>().Which;
        (refused.Tensor, refused.Index).Should().Be((frozen, 0));
        adapters.Invoking(layout => layout.RequireFrozen(before, before, moving)).Should().NotThrow();
    }

    [Fact]
    public void As_AnotherLayoutOfTheSameTensors_KeepsValuesAndAveragesOthers()
    {
        ModelParameters model = AdapterModels.Of(2, 1, 2);
        ModelParameters half = model.As(AdapterLayout.Of(model.Layout).LayoutOf(AdapterHalf.B));
        var flat = new double[4];
        half.CopyFlatTo(0, flat);
        flat.Should().Equal(model.Get<double>(AdapterModels.B).ToArray());
        half.Get<float>(AdapterModels.A).ToArray().Should().Equal(model.Get<float>(AdapterModels.A).ToArray());
        model.Invoking(m => m.As(AdapterModels.LayoutOf(3))).Should().Throw<ArgumentException>().WithMessage("*other tensors*");
    }

    [Fact]
    public void MaskOf_AMaskWithClearValues_KeepsTheChoiceOfEachValue()
    {
        AdapterLayout adapters = AdapterLayout.Of(AdapterModels.LayoutOf(2));
        EncryptionMask whole = EncryptionMask.Layers(adapters.Layout, AdapterModels.B);
        adapters.MaskOf(whole, AdapterHalf.B).IsAll.Should().BeTrue();
        adapters.MaskOf(whole, AdapterHalf.A).EncryptedCount.Should().Be(0);
        adapters.MaskOf(EncryptionMask.All(adapters.Layout), AdapterHalf.A).Should().BeEquivalentTo(new { IsAll = true, ParameterCount = 6 });
        adapters.Invoking(layout => layout.MaskOf(EncryptionMask.All(AdapterModels.LayoutOf(3)), AdapterHalf.A)).Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void WithFrozen_AnotherModelOfTheRound_TakesItsFrozenHalfAndKeepsTheClientsRest()
    {
        AdapterLayout adapters = AdapterLayout.Of(AdapterModels.LayoutOf(2));
        ModelParameters own = AdapterModels.Of(2, 1, 1);
        ModelParameters round = AdapterModels.Of(2, 2, 2);
        ModelParameters merged = adapters.WithFrozen(own, round, AdapterHalf.B);
        merged.Layout.Digest.Should().Be(adapters.LayoutOf(AdapterHalf.B).Digest);
        merged.Get<float>(AdapterModels.A).ToArray().Should().Equal(round.Get<float>(AdapterModels.A).ToArray());
        merged.Get<double>(AdapterModels.B).ToArray().Should().Equal(own.Get<double>(AdapterModels.B).ToArray());
        merged.Get<long>("model.steps").ToArray().Should().Equal(own.Get<long>("model.steps").ToArray());
    }

    private static TensorSpec Matrix(string name, int rows, int columns) => new(name, ElementType.Float32, [rows, columns], 1);
}
