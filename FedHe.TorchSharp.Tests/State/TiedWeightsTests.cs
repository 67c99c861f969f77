using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.State;

public sealed class TiedWeightsTests
{
    [TorchTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_TiedWeights_TravelOnce(bool byParameter)
    {
        using TiedNetwork module = byParameter ? TiedNetwork.ByParameter() : TiedNetwork.ByMemory();
        var layout = ModuleLayout.Of(module, 8);
        layout.Layout.ParameterCount.Should().Be(16);
        layout.Entries.Select(entry => (entry.Name, entry.Treatment, entry.SharedWith)).Should().Equal(
            ("_encoder.weight", EntryTreatment.Travels, null), ("_decoder.weight", EntryTreatment.SharesMemory, "_encoder.weight"));
    }

    [TorchTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_WeightsTiedToOneThatIsKeptLocal_AreRefused(bool byParameter)
    {
        using TiedNetwork module = byParameter ? TiedNetwork.ByParameter() : TiedNetwork.ByMemory();
        Action create = () => ModuleLayout.Of(module, 8, new ModuleLayoutOptions { KeepLocal = ["_decoder"] });
        ModuleException refusal = create.Should().Throw<ModuleException>().Which;
        (refusal.Error, refusal.Entry).Should().Be((ModuleError.PartlyShared, "_decoder.weight"));
    }

    [TorchTheory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void Of_TiedWeightsOfOtherTypes_TravelOnce(ScalarType type)
    {
        using var module = new OneParameter(new Parameter(ones(3, dtype: type)));
        module.register_parameter("twin", new Parameter(module.Value.detach()));
        ModuleLayout.Of(module, 8).Layout.Tensors.Should().ContainSingle();
    }

    [TorchFact]
    public void Load_TiedWeights_ChangesBoth()
    {
        using TiedNetwork source = TiedNetwork.ByParameter();
        using TiedNetwork target = TiedNetwork.ByMemory();
        ModuleLayout.Of(target, 8).Load(ModuleLayout.Of(source, 8).Read(source), target);
        target.Decoder.weight!.allclose(source.Decoder.weight!).Should().BeTrue();
    }

    [TorchFact]
    public void Load_WeightsNoLongerTied_ChangesNothing()
    {
        using TiedNetwork module = TiedNetwork.ByMemory();
        var layout = ModuleLayout.Of(module, 8);
        var model = layout.Read(module);
        using Tensor before = module.Encoder.weight!.detach().clone();
        using (no_grad())
        {
            module.Encoder.weight!.add_(1);
        }

        module.Decoder.weight = new Parameter(module.Decoder.weight!.detach().clone());
        Action load = () => layout.Load(model, module);
        load.Should().Throw<ModuleException>().Which.Error.Should().Be(ModuleError.EntryDiffers);
        module.Encoder.weight!.allclose(before + 1).Should().BeTrue();
    }

    [TorchFact]
    public void Of_OverlappingViews_AreRefusedByName()
    {
        using Tensor memory = zeros(8);
        using var module = new OneParameter(new Parameter(memory[..5]));
        module.register_parameter("other", new Parameter(memory[3..]));
        ModuleException refusal = FluentActions.Invoking(() => ModuleLayout.Of(module, 8)).Should().Throw<ModuleException>().Which;
        refusal.Error.Should().Be(ModuleError.PartlyShared);
        refusal.Message.Should().Contain("'value'").And.Contain("'other'");
    }

    [TorchFact]
    public void Of_TransposedViewOfTheSameMemory_IsRefused()
    {
        using var module = new OneParameter(new Parameter(zeros(3, 3)));
        module.register_parameter("other", new Parameter(module.Value.detach().t()));
        FluentActions.Invoking(() => ModuleLayout.Of(module, 8)).Should().Throw<ModuleException>().Which.Error.Should().Be(ModuleError.PartlyShared);
    }

    [TorchFact]
    public void Of_DisjointViewsOfOneMemory_TravelBoth()
    {
        using Tensor memory = arange(8, dtype: ScalarType.Float32);
        using var module = new OneParameter(new Parameter(memory[..5]));
        module.register_parameter("other", new Parameter(memory[5..]));
        var layout = ModuleLayout.Of(module, 8);
        layout.Read(module).Get<float>("other").ToArray().Should().Equal(5, 6, 7);
    }

    [TorchFact]
    public void Of_BufferOnTheMemoryOfAParameter_TravelsWithIt()
    {
        using var module = new OneParameter(new Parameter(zeros(3)));
        module.register_buffer("alias", module.Value.detach());
        ModuleLayout.Of(module, 8).Entries[1].Should().Match<ModuleEntry>(
            entry => entry.Treatment == EntryTreatment.SharesMemory && entry.SharedWith == "value");
    }
}
