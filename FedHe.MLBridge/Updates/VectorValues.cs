using System.Numerics.Tensors;

namespace FedHe.MLBridge;

/// <summary>
/// The values that an update encrypts, in order and piece by piece: those of the mask, or with hidden weights the factor
/// f and then f times the flat vector.
/// </summary>
internal sealed class VectorValues : IDisposable
{
    private readonly SelectedValues _selected;
    private readonly double? _factor;
    private int _position;

    public VectorValues(IFlatModel model, TensorFlattener flattener, AggregationTerms terms, long weight)
    {
        _selected = new SelectedValues(model, flattener, terms.Mask.EncryptedPositions);
        _factor = terms.Weighting == Weighting.Hidden ? (double)weight / terms.MaxWeight : null;
    }

    /// <summary>Moves on to a later position of the encrypted values.</summary>
    public void MoveTo(int position)
    {
        int weights = _factor is not null && _position == 0 && position > 0 ? 1 : 0;
        _selected.Skip(position - _position - weights);
        _position = position;
    }

    public void Read(Span<double> destination)
    {
        Span<double> values = destination;
        if (_factor is double first && _position == 0)
        {
            destination[0] = first;
            values = destination[1..];
        }

        _selected.Read(values);
        if (_factor is double factor)
        {
            TensorPrimitives.Multiply(values, factor, values);
        }

        _position += destination.Length;
    }

    public void Dispose() => _selected.Dispose();
}
