using FedHe.Crypto.Errors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.State;

public sealed class ModuleValuesTests
{
    [TorchTheory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void ReadAndLoad_EveryFloatingType_AreExact(ScalarType type)
    {
        using var source = new OneParameter(new Parameter(rand(5, 7, dtype: ScalarType.Float64).to_type(type)));
        using var target = new OneParameter(new Parameter(zeros(5, 7, dtype: type)));
        var layout = ModuleLayout.Of(source, 8);
        layout.Load(layout.Read(source), target);
        target.Value.dtype.Should().Be(type);
        target.Value.HasSameValues(source.Value).Should().BeTrue();
    }

    [TorchTheory]
    [InlineData(ScalarType.Float32, null)]
    [InlineData(ScalarType.Float64, null)]
    [InlineData(ScalarType.BFloat16, null)]
    [InlineData(ScalarType.Float64, ElementType.Float16)]
    public void View_OfAnyTypeAndOrder_HasTheValuesThatReadCopies(ScalarType own, ElementType? travels)
    {
        using Sequential module = NormalizedNetwork.Create();
        module.to(own);
        using Tensor turned = rand(3, 4, dtype: ScalarType.Float64).to_type(own);
        ((Linear)module[0]).weight = new Parameter(turned.t());
        var layout = ModuleLayout.Of(module, 8, new ModuleLayoutOptions { ElementType = travels });
        ModelParameters copy = layout.Read(module);
        IFlatModel view = layout.View(module);
        view.Layout.Should().BeSameAs(layout.Layout);
        int count = layout.Layout.ToArrayLength();
        for (int start = 0; start < count; start += 3)
        {
            for (int length = 0; length <= count - start; length += 5)
            {
                var expected = new double[length];
                var actual = new double[length];
                copy.CopyFlatTo(start, expected);
                view.CopyFlatTo(start, actual);
                actual.Should().Equal(expected);
            }
        }

        view.Invoking(flat => flat.CopyFlatTo(count, new double[1])).Should().Throw<ArgumentOutOfRangeException>();
        view.Invoking(flat => flat.CopyFlatTo(-1, new double[1])).Should().Throw<ArgumentOutOfRangeException>();
    }

    [TorchTheory]
    [InlineData(ScalarType.Float64, ElementType.Float32, -24)]
    [InlineData(ScalarType.Float64, ElementType.Float16, -11)]
    [InlineData(ScalarType.Float32, ElementType.BFloat16, -8)]
    [InlineData(ScalarType.Float16, ElementType.Float32, int.MinValue)]
    [InlineData(ScalarType.BFloat16, ElementType.Float64, int.MinValue)]
    public void ReadAndLoad_ThroughAnotherType_RoundToNearest(ScalarType own, ElementType travels, int errorExponent)
    {
        using var module = new OneParameter(new Parameter((rand(1000, dtype: ScalarType.Float64) + 1).to_type(own)));
        using Tensor before = module.Value.detach().to_type(ScalarType.Float64).clone();
        var layout = ModuleLayout.Of(module, 8, new ModuleLayoutOptions { ElementType = travels });
        layout.Layout.Tensors[0].ElementType.Should().Be(travels);
        layout.Load(layout.Read(module), module);
        using Tensor error = ((module.Value.detach().to_type(ScalarType.Float64) - before) / before).abs().max();

        // A double is rounded to half precision by way of single precision.
        double allowed = Math.ScaleB(1, errorExponent) + (own == ScalarType.Float64 && errorExponent > -24 ? Math.ScaleB(1, -24) : 0);
        error.item<double>().Should().BeLessThanOrEqualTo(allowed);
    }

    [TorchFact]
    public void Load_ModuleOfANarrowerType_Rounds()
    {
        using Linear wide = nn.Linear(8, 8);
        using Linear narrow = nn.Linear(8, 8, dtype: ScalarType.Float16);
        var layout = ModuleLayout.Of(wide, 8);
        layout.Load(layout.Read(wide), narrow);
        narrow.weight!.HasSameValues(wide.weight!.to_type(ScalarType.Float16)).Should().BeTrue();
        layout.Read(narrow).Get<float>("weight").ToArray().Should().Equal(narrow.weight!.to_type(ScalarType.Float32).data<float>().ToArray());
    }

    [TorchFact]
    public void ReadAndLoad_OtherStrides_KeepThem()
    {
        using Tensor memory = arange(12, dtype: ScalarType.Float32).reshape(3, 4);
        using var module = new OneParameter(new Parameter(memory.t()));
        var layout = ModuleLayout.Of(module, 20);
        ModelParameters model = layout.Read(module);
        model.Get<float>("value").ToArray().Should().Equal(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
        using (no_grad())
        {
            module.Value.zero_();
        }

        layout.Load(model, module);
        memory.data<float>().ToArray().Should().Equal(Enumerable.Range(0, 12).Select(i => (float)i));
        module.Value.stride().Should().Equal(1, 4);
    }

    [TorchFact]
    public void Load_Parameter_KeepsRequiresGradAndTensor()
    {
        using Linear module = nn.Linear(3, 2);
        module.bias!.requires_grad = false;
        var layout = ModuleLayout.Of(module, 8, new ModuleLayoutOptions { Frozen = FrozenParameters.Travel });
        nint handle = module.weight!.Handle;
        layout.Load(Constant(layout, 0.5f), module);
        module.weight!.Handle.Should().Be(handle);
        module.weight.requires_grad.Should().BeTrue();
        module.weight.is_leaf.Should().BeTrue();
        module.bias.requires_grad.Should().BeFalse();
        module.bias.data<float>().ToArray().Should().Equal(0.5f, 0.5f);
    }

    [TorchFact]
    public void Load_BetweenForwardAndBackward_IsNoticedByAutograd()
    {
        using Linear module = nn.Linear(3, 2);
        var layout = ModuleLayout.Of(module, 8);
        using Tensor input = rand(1, 3, requires_grad: true);
        using Tensor loss = module.call(input).sum();
        layout.Load(Constant(layout, 0.5f), module);
        FluentActions.Invoking(() => loss.backward()).Should().Throw<Exception>().WithMessage("*inplace*");
    }

    [TorchFact]
    public void Load_WithValuesThatAreNotFinite_ChangesNothing()
    {
        using Linear module = nn.Linear(3, 2);
        var layout = ModuleLayout.Of(module, 8);
        float[] before = module.weight!.data<float>().ToArray();
        ModelParameters model = ModelParameters.CreateBuilder(layout.Layout)
            .Set<float>("weight", [1, 1, 1, 1, 1, 1]).Set<float>("bias", [1, float.NaN]).Build();
        ModelValueException refusal = FluentActions.Invoking(() => layout.Load(model, module)).Should().Throw<ModelValueException>().Which;
        (refusal.Tensor, refusal.Index).Should().Be(("bias", 1));
        module.weight!.data<float>().ToArray().Should().Equal(before);
    }

    [TorchFact]
    public void Load_ValueBeyondTheModulesType_ChangesNothing()
    {
        using Linear wide = nn.Linear(3, 2);
        using Linear narrow = nn.Linear(3, 2, dtype: ScalarType.Float16);
        var layout = ModuleLayout.Of(wide, 8);
        using Tensor before = narrow.weight!.detach().clone();
        ModelParameters model = ModelParameters.CreateBuilder(layout.Layout)
            .Set<float>("weight", [1, 1, 1, 1, 1, 1]).Set<float>("bias", [1, 1e9f]).Build();
        FluentActions.Invoking(() => layout.Load(model, narrow)).Should().Throw<ModuleException>().Which.Error.Should().Be(ModuleError.ValueNotHeld);
        narrow.weight!.HasSameValues(before).Should().BeTrue();
    }

    [TorchFact]
    public void Load_IntoAModuleOfOtherShape_ChangesNothing()
    {
        using Sequential source = nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.Linear(2, 2)));
        using Sequential target = nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.Linear(2, 3)));
        var layout = ModuleLayout.Of(source, 8);
        float[] before = target.ParameterOf("a.weight").data<float>().ToArray();
        FluentActions.Invoking(() => layout.Load(layout.Read(source), target)).Should().Throw<ModuleException>().Which.Error.Should().Be(ModuleError.EntryDiffers);
        target.ParameterOf("a.weight").data<float>().ToArray().Should().Equal(before);
    }

    [TorchFact]
    public void Load_IntoAModuleOfOtherNames_ChangesNothing()
    {
        using Sequential source = nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.Linear(2, 2)));
        using Sequential target = nn.Sequential(("a", nn.Linear(3, 2)), ("c", nn.Linear(2, 2)));
        var layout = ModuleLayout.Of(source, 8);
        float[] before = target.ParameterOf("a.weight").data<float>().ToArray();
        ModuleException refusal = FluentActions.Invoking(() => layout.Load(layout.Read(source), target)).Should().Throw<ModuleException>().Which;
        (refusal.Error, refusal.Entry).Should().Be((ModuleError.EntryMissing, "b.weight"));
        target.ParameterOf("a.weight").data<float>().ToArray().Should().Equal(before);
    }

    [TorchFact]
    public void Load_ModelOfAnotherLayout_IsRefused()
    {
        using Linear module = nn.Linear(3, 2);
        var layout = ModuleLayout.Of(module, 8);
        ModelParameters other = ModuleLayout.Of(module, 9).Read(module);
        FluentActions.Invoking(() => layout.Load(other, module)).Should().Throw<HeMismatchException>();
    }

    [TorchFact]
    public void Load_Model_LeavesLocalBuffersAlone()
    {
        using Sequential module = NormalizedNetwork.Create();
        using (no_grad())
        {
            module.BufferOf("norm.running_mean").fill_(3);
            module.BufferOf("norm.num_batches_tracked").fill_(7);
        }

        var layout = ModuleLayout.Of(module, 8);
        layout.Load(Constant(layout, 0.25f), module);
        module.BufferOf("norm.running_mean").data<float>().ToArray().Should().Equal(3, 3, 3, 3);
        module.BufferOf("norm.num_batches_tracked").item<long>().Should().Be(7);
    }

    [TorchTheory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Read_ValueThatIsNotFinite_IsRefusedByName(ScalarType type)
    {
        using var module = new OneParameter(new Parameter(tensor(new[] { 0.0, 1, double.NegativeInfinity }, dtype: type)));
        var layout = ModuleLayout.Of(module, 8);
        ModelValueException refusal = FluentActions.Invoking(() => layout.Read(module)).Should().Throw<ModelValueException>().Which;
        (refusal.Error, refusal.Tensor, refusal.Index).Should().Be((ValueError.NotFinite, "value", 2));
    }

    [TorchFact]
    public void ReadAndLoad_AnyModule_LeakNoTensor()
    {
        using Sequential module = NormalizedNetwork.Create();
        using var strided = new OneParameter(new Parameter(rand(3, 4).t().to_type(ScalarType.Float64)));
        var layout = ModuleLayout.Of(module, 8);
        var other = ModuleLayout.Of(strided, 8, new ModuleLayoutOptions { ElementType = ElementType.Float16 });
        TensorCount.ShouldStay(() =>
        {
            layout.Load(layout.Read(module), module);
            other.Load(other.Read(strided), strided);
        });
    }

    [TorchFact]
    public void ReadAndLoad_WithinAnOuterScope_KeepTheModule()
    {
        using Linear module = nn.Linear(3, 2);
        var layout = ModuleLayout.Of(module, 8);
        using (NewDisposeScope())
        {
            layout.Load(layout.Read(module), module);
        }

        module.weight!.IsInvalid.Should().BeFalse();
        layout.Read(module).Layout.ParameterCount.Should().Be(8);
    }

    private static ModelParameters Constant(ModuleLayout layout, float value)
    {
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout.Layout);
        foreach (TensorSpec tensor in layout.Layout.Tensors)
        {
            builder.Set<float>(tensor.Name, Enumerable.Repeat(value, tensor.ToArrayLength()).ToArray());
        }

        return builder.Build();
    }
}
