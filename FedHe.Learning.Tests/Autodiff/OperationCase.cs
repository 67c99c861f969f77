using FedHe.Learning.Autodiff;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Tests.Autodiff;

/// <summary>A function and the shapes and range of its inputs.</summary>
internal sealed record OperationCase(Func<Variable[], Variable> Function, params TensorShape[] Shapes)
{
    public float Low { get; init; } = -1;

    public float High { get; init; } = 1;

    public Tensor[] Inputs(
        ) => [.. Shapes.Select((shape, index) => DerivativeCheck.SpacedValues(shape, seed: 100 + index, Low, High))];
}
