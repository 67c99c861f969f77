using System.Numerics.Tensors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// Vector values are the values that an update encrypts, read in order and piece by piece: the mask's values or, with
/// hidden weights, the factor f followed by f times the flat vector.
/// </summary>
internal sealed class VectorValues : IDisposable
{
    private readonly SelectedValues _selected;
    private readonly double? _factor;
    private int _position;

    public VectorValues(IFlatModel model, TensorFlattener flattener, AggregationTerms terms, long weight)
    {
        _selected = new SelectedValues(model, flattener, terms.Mask, isEncrypted: true);
        _factor = terms.Weighting == Weighting.Hidden ? (double)weight / terms.MaxWeight : null;
    }

    /// <summary>
    /// Checks every value of the model, and copies the first values to encrypt to a span in the same pass.
    /// </summary>
    public ClampReport Survey(Span<double> first)
    {
        ClampReport clamped = _selected.Survey(WithoutFactor(first));
        Weigh(first);
        return clamped;
    }

    /// <summary>Skips to a later position of the values to encrypt.</summary>
    public void MoveTo(int position)
    {
        int weights = _factor is not null && _position == 0 && position > 0 ? 1 : 0;
        _selected.Skip(position - _position - weights);
        _position = position;
    }

    public void Read(Span<double> destination)
    {
        _selected.Read(WithoutFactor(destination));
        Weigh(destination);
    }

    public void Dispose() => _selected.Dispose();

    private bool BeginsWithFactor(Span<double> values) => _factor is not null && _position == 0 && !values.IsEmpty;

    private Span<double> WithoutFactor(Span<double> values) => BeginsWithFactor(values) ? values[1..] : values;

    private void Weigh(Span<double> values)
    {
        if (_factor is double factor)
        {
            TensorPrimitives.Multiply(WithoutFactor(values), factor, WithoutFactor(values));
            if (BeginsWithFactor(values))
            {
                values[0] = factor;
            }
        }

        _position += values.Length;
    }
}
