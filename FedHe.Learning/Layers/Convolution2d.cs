using FedHe.Learning.Autodiff;
using FedHe.Learning.Kernels;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Layers;

/// <summary>A convolution layer has the weight [out channels, in channels, window, window] and the bias [out
/// channels].</summary>
public sealed class Convolution2d : Layer
{
    private readonly int _inChannels;
    private readonly int _outChannels;
    private readonly int _window;
    private readonly int _stride;
    private readonly int _padding;

    /// <summary>Creates a convolution layer from its channels and its window.</summary>
    /// <param name="name">The prefix of the parameters' names.</param>
    /// <param name="inChannels">The number of channels of the input images.</param>
    /// <param name="outChannels">The number of channels of the output images.</param>
    /// <param name="window">The window's height and width.</param>
    /// <param name="stride">The step between windows.</param>
    /// <param name="padding">Zeros around the image on every side.</param>
    public Convolution2d(string name, int inChannels, int outChannels, int window, int stride = 1, int padding = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(inChannels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outChannels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        (_inChannels, _outChannels, _window, _stride, _padding) = (inChannels, outChannels, window, stride, padding);
        int fanIn = inChannels * window * window;
        Parameters =
        [
            new ParameterSpecification($"{name}.weight", [outChannels, inChannels, window, window], fanIn),
            new ParameterSpecification($"{name}.bias", [outChannels], fanIn),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpecification> Parameters { get; }

    /// <inheritdoc/>
    public override TensorShape OutputShape(TensorShape sampleShape)
    {
        ArgumentNullException.ThrowIfNull(sampleShape);
        if (sampleShape.Rank != 3 || sampleShape[0] != _inChannels)
        {
            throw new ArgumentException(
                $"A convolution of {_inChannels} channels takes samples [channels, height, width], not {sampleShape}.",
                nameof(sampleShape));
        }

        var geometry = WindowGeometry.Of(sampleShape.Prepend(1), _window, _window, _stride, _padding);
        return [_outChannels, geometry.OutHeight, geometry.OutWidth];
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable input, ReadOnlySpan<Variable> parameters, int degree)
    {
        Variable bias = Operations.Reshape(parameters[1], [1, _outChannels, 1, 1]);
        return Operations.Conv2d(input, parameters[0], _stride, _padding, degree) + bias;
    }
    /// <summary>Describes how the layer's window slides over a batch of images.</summary>
    internal WindowGeometry GeometryOf(TensorShape images) => WindowGeometry.Of(images, _window, _window, _stride, _padding);
}
