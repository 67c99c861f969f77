using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Tests.Adapters;

public sealed class AdapterRanksTests
{
    [Fact]
    public void Pad_ASmallerRank_LeavesTheProductAndCutGivesTheModelBack()
    {
        ModelParameters own = AdapterModels.Of(2, 1, -1);
        ModelParameters padded = AdapterRanks.Pad(own, AdapterModels.LayoutOf(5));
        padded.Layout.Digest.Should().Be(AdapterModels.LayoutOf(5).Digest);
        ProductOf(padded).Should().Equal(ProductOf(own), "rows and columns of zeros add exact zeros");
        padded.Get<float>(AdapterModels.A)[6..].ToArray().Should().OnlyContain(value => value == 0);
        ModelParameters cut = AdapterRanks.Cut(padded, own.Layout);
        cut.Get<float>(AdapterModels.A).ToArray().Should().Equal(own.Get<float>(AdapterModels.A).ToArray());
        cut.Get<double>(AdapterModels.B).ToArray().Should().Equal(own.Get<double>(AdapterModels.B).ToArray());
        cut.Get<float>("model.embed.weight").ToArray().Should().Equal(own.Get<float>("model.embed.weight").ToArray());
    }

    [Fact]
    public void PadOnto_TheModelOfTheRound_MovesTheFirstComponentsAlone()
    {
        ModelParameters round = AdapterModels.Of(3, 1, 1);
        ModelParameters own = AdapterModels.Of(2, 3, 3);
        ModelParameters padded = AdapterRanks.PadOnto(own, round);
        float[] a = padded.Get<float>(AdapterModels.A).ToArray();
        a[..6].Should().Equal(own.Get<float>(AdapterModels.A).ToArray());
        a[6..].Should().Equal(round.Get<float>(AdapterModels.A)[6..].ToArray());
        double[] b = padded.Get<double>(AdapterModels.B).ToArray();
        new[] { b[0], b[1], b[3], b[4] }.Should().Equal(own.Get<double>(AdapterModels.B).ToArray());
        new[] { b[2], b[5] }.Should().Equal(round.Get<double>(AdapterModels.B)[2], round.Get<double>(AdapterModels.B)[5]);
        round.Get<float>(AdapterModels.A)[0].Should().Be(1, "the model of the round is immutable");
    }

    [Fact]
    public void PadOnto_AClientOfTheHalfThatMoves_LeavesTheOtherHalfAsTheRoundHasIt()
    {
        // Why a client of a smaller rank pads onto the model of the round: zeros would not be the half that the round keeps.
        ModelParameters round = AdapterModels.Of(3, 1, 1);
        AdapterLayout adapters = AdapterLayout.Of(round.Layout);
        ModelParameters cut = AdapterRanks.Cut(round, AdapterModels.LayoutOf(2));
        ModelParameters trained = ModelParameters.CreateBuilder(cut.Layout)
            .Set("model.embed.weight", cut.Get<float>("model.embed.weight")).Set(AdapterModels.A, cut.Get<float>(AdapterModels.A))
            .Set<double>(AdapterModels.B, [7, 7, 7, 7]).Set("model.steps", cut.Get<long>("model.steps")).Build();
        adapters.Invoking(layout => layout.RequireFrozen(round, AdapterRanks.PadOnto(trained, round), AdapterHalf.B)).Should().NotThrow();
        adapters.Invoking(layout => layout.RequireFrozen(round, AdapterRanks.Pad(trained, round.Layout), AdapterHalf.B))
            .Should().Throw<MLBridge.Errors.FrozenAdapterException>();
    }

    [Fact]
    public void Pad_ALargerRankOrOtherTensors_IsRefused()
    {
        ModelParameters own = AdapterModels.Of(3, 1, 1);
        var other = new ModelLayout(AdapterModels.LayoutOf(4).Tensors.Select(tensor => tensor.Name == "model.embed.weight"
            ? new TensorSpec(tensor.Name, ElementType.Float32, [3, 5], 1) : tensor));
        own.Invoking(model => AdapterRanks.Pad(model, AdapterModels.LayoutOf(2))).Should().Throw<ArgumentException>().WithMessage("*model.q_proj*larger rank*");
        own.Invoking(model => AdapterRanks.Cut(model, AdapterModels.LayoutOf(4))).Should().Throw<ArgumentException>().WithMessage("*larger rank*");
        own.Invoking(model => AdapterRanks.Pad(model, other)).Should().Throw<ArgumentException>().WithMessage("*other adapters*");
    }

    private static double[] ProductOf(ModelParameters model)
    {
        int rank = model.Layout[AdapterModels.A].Shape[0];
        float[] a = model.Get<float>(AdapterModels.A).ToArray();
        double[] b = model.Get<double>(AdapterModels.B).ToArray();
        return [.. from row in Enumerable.Range(0, 2)
            from column in Enumerable.Range(0, 3)
            select Enumerable.Range(0, rank).Sum(k => b[(row * rank) + k] * a[(k * 3) + column])];
    }
}
