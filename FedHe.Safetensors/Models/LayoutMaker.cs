using System.Collections.Immutable;
using FedHe.MLBridge.Layout;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Headers;

namespace FedHe.Safetensors.Models;

/// <summary>The layout maker sorts the tensors of a checkpoint into those that are averaged and those that stay local.</summary>
internal static class LayoutMaker
{
    /// <summary>Makes a layout of all floating tensors, in the order of the checkpoint.</summary>
    public static (ModelLayout Layout, ImmutableArray<LocalTensor> Local) Make(SafetensorsCheckpoint checkpoint, SafetensorsModelOptions options)
    {
        foreach (string name in options.KeepLocal.Where(name => !checkpoint.TryGet(name, out _)))
        {
            throw Throw.LocalUnknownTensor(name);
        }

        var chosen = options.KeepLocal.ToHashSet(StringComparer.Ordinal);
        var specs = new List<TensorSpec>();
        ImmutableArray<LocalTensor>.Builder local = ImmutableArray.CreateBuilder<LocalTensor>();
        foreach (CheckpointTensor tensor in checkpoint.Tensors)
        {
            LocalReason? reason = ReasonOf(tensor) ?? (chosen.Contains(tensor.Name) ? LocalReason.Chosen : null);
            if (reason is LocalReason given)
            {
                local.Add(new LocalTensor(tensor.Name, tensor.Dtype, given));
            }
            else
            {
                specs.Add(Specify(tensor, options.Bounds.TryGetValue(tensor.Name, out double bound) ? bound : options.Bound));
            }
        }

        foreach (string name in options.Bounds.Keys.Where(name => specs.TrueForAll(spec => spec.Name != name)))
        {
            throw Throw.BoundForUnknownTensor(name);
        }

        return specs.Count > 0 ? (Create(specs), local.ToImmutable()) : throw Throw.NothingToAverage();
    }

    /// <summary>Holds a checkpoint to a layout, and lists what the layout does not have.</summary>
    public static ImmutableArray<LocalTensor> Match(SafetensorsCheckpoint checkpoint, ModelLayout layout)
    {
        foreach (TensorSpec spec in layout.Tensors)
        {
            if (!checkpoint.TryGet(spec.Name, out CheckpointTensor? tensor))
            {
                throw Throw.UnknownTensor(spec.Name);
            }

            if (spec.IsAggregated ? !tensor.Dtype.IsAveraged() : tensor.Dtype.ToElementType() != spec.ElementType)
            {
                throw Throw.DtypeNotSupported(spec.Name, tensor.Dtype.FormatName(), $"but the agreed layout has {spec.ElementType.ToDtype().FormatName()}. Save it in that type.");
            }

            if (!tensor.Shape.SequenceEqual(spec.Shape.Select(length => (long)length)))
            {
                throw Throw.WrongShape(spec.Name, spec.Shape.Select(length => (long)length), tensor.Shape);
            }
        }

        var known = layout.Tensors.Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. checkpoint.Tensors.Where(tensor => !known.Contains(tensor.Name))
                .Select(tensor => new LocalTensor(tensor.Name, tensor.Dtype, ReasonOf(tensor) ?? LocalReason.NotInLayout)),
        ];
    }

    private static LocalReason? ReasonOf(CheckpointTensor tensor) => tensor.Dtype switch
    {
        _ when tensor.ElementCount == 0 => LocalReason.Empty,
        _ when tensor.Dtype.IsAveraged() => null,
        SafetensorsDtype.Complex64 => LocalReason.Complex,
        SafetensorsDtype.Float4 or SafetensorsDtype.Float6E2M3 or SafetensorsDtype.Float6E3M2 or SafetensorsDtype.Float8E5M2
            or SafetensorsDtype.Float8E4M3 or SafetensorsDtype.Float8E8M0 or SafetensorsDtype.Float8E4M3Fnuz
            or SafetensorsDtype.Float8E5M2Fnuz => LocalReason.SmallFloat,
        _ => LocalReason.Integer,
    };

    private static TensorSpec Specify(CheckpointTensor tensor, double bound)
    {
        if (tensor.Shape.Any(length => length > int.MaxValue))
        {
            throw Throw.NotInLayout(tensor.Name, "one of its dimensions is 2^31 or longer.");
        }

        try
        {
            return new TensorSpec(tensor.Name, tensor.Dtype.ToElementType()!.Value, [.. tensor.Shape.Select(length => (int)length)], bound);
        }
        catch (ArgumentException fault)
        {
            throw Throw.NotInLayout(tensor.Name, WithoutParameter(fault));
        }
    }

    private static ModelLayout Create(List<TensorSpec> specs)
    {
        try
        {
            return new ModelLayout(specs);
        }
        catch (ArgumentException fault)
        {
            throw Throw.NotInLayout(specs[^1].Name, WithoutParameter(fault));
        }
    }

    private static string WithoutParameter(ArgumentException fault)
        => fault.Message.Replace($" (Parameter '{fault.ParamName}')", string.Empty, StringComparison.Ordinal);
}
