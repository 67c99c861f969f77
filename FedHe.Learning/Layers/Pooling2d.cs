using FedHe.Learning.Autodiff;
using FedHe.Learning.Kernels;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Layers;

/// <summary>A pooling layer shrinks images by keeping one value per square window; the windows do not overlap.</summary>
public sealed class Pooling2d : Layer
{
    private readonly PoolingKind _kind;
    private readonly int _window;

    /// <summary>Creates a pooling layer from its kind and its window.</summary>
    /// <param name="kind">What to keep of every window.</param>
    /// <param name="window">The window's height and width, and the step between windows.</param>
    public Pooling2d(PoolingKind kind, int window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        _kind = kind;
        _window = window;
    }

    /// <inheritdoc/>
    public override TensorShape OutputShape(TensorShape sampleShape)
    {
        ArgumentNullException.ThrowIfNull(sampleShape);
        var geometry = WindowGeometry.Of(sampleShape.Prepend(1), _window, _window, _window, padding: 0);
        return [geometry.Channels, geometry.OutHeight, geometry.OutWidth];
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable input, ReadOnlySpan<Variable> parameters, int degree) => _kind switch
    {
        PoolingKind.Max => Operations.MaxPool2d(input, _window, degree: degree),
        _ => Operations.AveragePool2d(input, _window),
    };
}
