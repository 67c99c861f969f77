using FedHe.MLBridge.Layout;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.State;

public sealed class ModuleLayoutTests
{
    private static readonly ModuleLayoutOptions WithBuffers = new() { Buffers = FloatingBuffers.Travel };

    [TorchFact]
    public void Of_Network_ListsParametersInOrder()
    {
        using Sequential module = NormalizedNetwork.Create();
        var layout = ModuleLayout.Of(module, bound: 8);
        layout.Layout.Tensors.Select(tensor => tensor.ToString()).Should().Equal(
            "fc1.weight: Float32[4, 3]", "fc1.bias: Float32[4]", "norm.weight: Float32[4]", "norm.bias: Float32[4]",
            "fc2.weight: Float32[2, 4]", "fc2.bias: Float32[2]");
        layout.Layout.Tensors.Should().OnlyContain(tensor => tensor.Bound == 8);
    }

    [TorchFact]
    public void Of_BatchNorm_KeepsBuffersWithTheClientAndSaysSo()
    {
        using Sequential module = NormalizedNetwork.Create();
        var layout = ModuleLayout.Of(module, bound: 8);
        layout.Entries.Where(entry => !entry.IsParameter).Select(entry => (entry.Name, entry.Treatment)).Should().Equal(
            ("norm.running_mean", EntryTreatment.StaysAsBuffer),
            ("norm.running_var", EntryTreatment.StaysAsBuffer),
            ("norm.num_batches_tracked", EntryTreatment.StaysAsNotFloating));
        layout.ToString().Should().StartWith("34 values in 6 of 9 entries travel.")
            .And.Contain("norm.num_batches_tracked: Int64[] buffer, stays with the client");
    }

    [TorchFact]
    public void Of_BuffersThatTravel_FollowTheParametersButForIntegers()
    {
        using Sequential module = NormalizedNetwork.Create();
        var layout = ModuleLayout.Of(module, bound: 8, WithBuffers with { Bounds = WithBuffers.Bounds.Add("norm.running_var", 100) });
        layout.Layout.Tensors.TakeLast(2).Select(tensor => (tensor.Name, tensor.Bound)).Should().Equal(
            ("norm.running_mean", 8), ("norm.running_var", 100));
        layout.Entries.Single(entry => entry.Name == "norm.num_batches_tracked").Treatment.Should().Be(EntryTreatment.StaysAsNotFloating);
    }

    [TorchFact]
    public void Of_FrozenParameter_FollowsThePolicy()
    {
        using Sequential module = NormalizedNetwork.Create();
        module.ParameterOf("fc1.weight").requires_grad = false;
        Refusal(() => ModuleLayout.Of(module, bound: 8), ModuleError.FrozenNotDecided, "fc1.weight");
        var stays = ModuleLayout.Of(module, bound: 8, new ModuleLayoutOptions { Frozen = FrozenParameters.Stay });
        stays.Layout.Tensors.Should().NotContain(tensor => tensor.Name == "fc1.weight");
        stays.Entries[0].Treatment.Should().Be(EntryTreatment.StaysFrozen);
        var travels = ModuleLayout.Of(module, bound: 8, new ModuleLayoutOptions { Frozen = FrozenParameters.Travel });
        travels.Layout.Tensors[0].Name.Should().Be("fc1.weight");
    }

    [TorchFact]
    public void Of_LayerThatIsKeptLocal_LeavesItToItsClient()
    {
        using Sequential module = NormalizedNetwork.Create();
        var layout = ModuleLayout.Of(module, bound: 8, WithBuffers with { KeepLocal = ["norm"] });
        layout.Layout.Tensors.Should().NotContain(tensor => tensor.Layer == "norm").And.HaveCountGreaterThan(1);
        layout.Entries.Where(entry => entry.Name.StartsWith("norm.", StringComparison.Ordinal)).Should().HaveCountGreaterThan(2)
            .And.OnlyContain(entry => entry.Treatment == EntryTreatment.StaysByChoice);

        // Loading another client's model does not touch it.
        using Sequential other = NormalizedNetwork.Create();
        using torch.Tensor before = module.ParameterOf("norm.weight").detach().clone();
        using (torch.no_grad())
        {
            other.ParameterOf("norm.weight").add_(1);
        }

        layout.Load(layout.Read(other), module);
        module.ParameterOf("norm.weight").allclose(before, 0, 0).Should().BeTrue();
        var one = ModuleLayout.Of(module, bound: 8, new ModuleLayoutOptions { KeepLocal = ["fc1.bias"] });
        one.Layout.Tensors.Should().NotContain(tensor => tensor.Name == "fc1.bias").And.Contain(tensor => tensor.Name == "fc1.weight");
        Refusal(() => ModuleLayout.Of(module, 8, new ModuleLayoutOptions { KeepLocal = ["nor"] }), ModuleError.UnknownEntry, "nor");
    }

    [TorchFact]
    public void Of_ModuleOfFrozenParametersThatStay_IsRefused()
    {
        using Linear module = nn.Linear(2, 2);
        foreach (Parameter parameter in module.parameters())
        {
            parameter.requires_grad = false;
        }

        Refusal(() => ModuleLayout.Of(module, 1, new ModuleLayoutOptions { Frozen = FrozenParameters.Stay }), ModuleError.NothingTravels, null);
    }

    [TorchTheory]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Bool)]
    public void Of_IntegerParameter_IsRefusedByName(ScalarType type)
    {
        using var module = new OneParameter(new Parameter(ones(2, dtype: type), requires_grad: false));
        Refusal(
            () => ModuleLayout.Of(module, 1, new ModuleLayoutOptions { Frozen = FrozenParameters.Travel }),
            ModuleError.ElementTypeNotSupported,
            "value").Message.Should().Contain(type.ToString());
    }

    [TorchFact]
    public void Of_ComplexParameter_IsRefusedByName()
    {
        using var module = new OneParameter(new Parameter(ones(2, dtype: ScalarType.ComplexFloat32)));
        Refusal(() => ModuleLayout.Of(module, 1), ModuleError.ElementTypeNotSupported, "value");
    }

    [TorchFact]
    public void Of_ComplexBuffer_IsRefusedOnlyWhereBuffersTravel()
    {
        using var module = new OneParameter(new Parameter(ones(2)));
        module.register_buffer("spectrum", ones(2, dtype: ScalarType.ComplexFloat32));
        Refusal(() => ModuleLayout.Of(module, 1, WithBuffers), ModuleError.ElementTypeNotSupported, "spectrum");
        ModuleLayout.Of(module, 1).Entries[1].Treatment.Should().Be(EntryTreatment.StaysAsNotFloating);
    }

    [TorchFact]
    public void Of_SparseParameter_IsRefusedByName()
    {
        using var module = new OneParameter(new Parameter(ones(2, 2).to_sparse()));
        Refusal(() => ModuleLayout.Of(module, 1), ModuleError.NotDense, "value");
    }

    [TorchFact]
    public void Of_ParameterOnTheMetaDevice_IsRefusedByName()
    {
        using var module = new OneParameter(new Parameter(empty([2, 2], device: META)));
        Refusal(() => ModuleLayout.Of(module, 1), ModuleError.NotDense, "value");
    }

    [TorchFact]
    public void Of_ExpandedParameter_IsRefusedByName()
    {
        using var module = new OneParameter(new Parameter(ones(2, 1).expand(2, 3)));
        Refusal(() => ModuleLayout.Of(module, 1), ModuleError.PartlyShared, "value");
    }

    [TorchFact]
    public void Of_ParameterAboveTwoGibibytes_IsRefusedByName()
    {
        // Allocated, and never touched.
        using var module = new OneParameter(new Parameter(empty(1L << 29)));
        Refusal(() => ModuleLayout.Of(module, 1), ModuleError.TooLarge, "value");
    }

    [TorchFact]
    public void Of_EmptyBuffer_StaysWithTheClient()
    {
        using var module = new OneParameter(new Parameter(ones(2)));
        module.register_buffer("none", empty(0, 3));
        ModuleLayout.Of(module, 1, WithBuffers).Entries[1].Treatment.Should().Be(EntryTreatment.StaysAsEmpty);
    }

    [TorchFact]
    public void Of_BoundBeyondTheElementType_IsRefused()
    {
        using Linear module = nn.Linear(2, 2, dtype: ScalarType.Float16);
        Refusal(() => ModuleLayout.Of(module, bound: 70_000), ModuleError.BoundNotHeld, "weight");
        Refusal(() => ModuleLayout.Of(module, bound: 70_000, new ModuleLayoutOptions { ElementType = ElementType.Float32 }), ModuleError.BoundNotHeld, "weight");
        Refusal(() => ModuleLayout.Of(module, bound: double.NaN), ModuleError.BoundNotHeld, "weight");
        Refusal(() => ModuleLayout.Of(module, bound: 0), ModuleError.BoundNotHeld, "weight");
    }

    [TorchFact]
    public void Of_BoundForAnUnknownEntry_IsRefused()
    {
        using Linear module = nn.Linear(2, 2);
        var options = new ModuleLayoutOptions();
        Refusal(() => ModuleLayout.Of(module, 1, options with { Bounds = options.Bounds.Add("wieght", 2) }), ModuleError.UnknownEntry, "wieght");
    }

    [TorchFact]
    public void Of_ChoicesOutOfRange_AreRefused()
    {
        using Linear module = nn.Linear(2, 2);
        FluentActions.Invoking(() => ModuleLayout.Of(module, 1, new ModuleLayoutOptions { Frozen = (FrozenParameters)7 })).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ModuleLayout.Of(module, 1, new ModuleLayoutOptions { Buffers = (FloatingBuffers)7 })).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ModuleLayout.Of(module, 1, new ModuleLayoutOptions { ElementType = ElementType.Int64 })).Should().Throw<ArgumentException>();
    }

    [TorchFact]
    public void Of_TwoModulesOfOneStructure_IsOneLayout()
    {
        using Sequential left = NormalizedNetwork.Create();
        using Sequential right = NormalizedNetwork.Create();
        ModuleLayout.Of(left, 8).Layout.Digest.Should().Be(ModuleLayout.Of(right, 8).Layout.Digest);
    }

    [TorchFact]
    public void Of_AnyModule_LeaksNoTensor()
    {
        using Sequential module = NormalizedNetwork.Create();
        TensorCount.ShouldStay(() => ModuleLayout.Of(module, 8));
    }

    private static ModuleException Refusal(Action action, ModuleError error, string? entry)
    {
        ModuleException refusal = action.Should().Throw<ModuleException>().Which;
        refusal.Error.Should().Be(error);
        refusal.Entry.Should().Be(entry);
        return refusal;
    }
}
