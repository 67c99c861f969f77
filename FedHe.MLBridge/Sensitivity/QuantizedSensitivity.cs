using System.Numerics.Tensors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Sensitivity;

/// <summary>
/// A quantized sensitivity is a client's sensitivity map as whole numbers from 0 to 2^bits, computed when they are
/// read.
/// </summary>
internal sealed class QuantizedSensitivity : IFlatModel
{
    private readonly SensitivityMap _map;
    private readonly double _inverseMean;
    private readonly double _cutOff;
    private readonly double _steps;

    /// <param name="layout">The layout of the quantized map.</param>
    /// <param name="map">The map.</param>
    /// <param name="share">The client's weight relative to the largest, above 0 and at most 1.</param>
    /// <param name="bits">
    /// The number of bits of a quantized value: half of them for multiples of the mean, the others for fractions of it.
    /// </param>
    public QuantizedSensitivity(ModelLayout layout, SensitivityMap map, double share, int bits)
    {
        Layout = layout;
        _map = map;
        _inverseMean = 1 / map.Mean;
        _cutOff = Math.ScaleB(1, bits / 2);
        _steps = Math.ScaleB(share, bits - (bits / 2));
    }

    /// <inheritdoc/>
    public ModelLayout Layout { get; }

    /// <inheritdoc/>
    public void CopyFlatTo(long start, Span<double> destination)
    {
        if (start < 0 || start > _map.Values.Length - destination.Length)
        {
            throw Throw.WrongFlatRange(_map.Values.Length, nameof(start));
        }

        TensorPrimitives.ConvertChecked(_map.Values.Slice((int)start, destination.Length), destination);
        for (int i = 0; i < destination.Length; i++)
        {
            double multipleOfMean = Math.Min(destination[i] * _inverseMean, _cutOff);
            destination[i] = Math.Round(multipleOfMean * _steps);
        }
    }
}
