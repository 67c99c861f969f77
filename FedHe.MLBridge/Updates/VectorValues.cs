using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// Vector values are the values that an update encrypts, read in order and piece by piece: the mask's values, multiplied by
/// the client's factor f where the client multiplies, and after f itself where weights are hidden.
/// </summary>
internal sealed class VectorValues : IDisposable
{
    private readonly SelectedValues _selected;
    private readonly double? _factor;
    private readonly bool _isFactorFirst;
    private long _position;

    /// <summary>Prepares the values of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="flattener">Normalizes the values.</param>
    /// <param name="terms">The terms.</param>
    /// <param name="factor">The factor that values are multiplied by, or null when the server multiplies.</param>
    public VectorValues(IFlatModel model, TensorFlattener flattener, AggregationTerms terms, double? factor)
    {
        _selected = new SelectedValues(model, flattener, terms.Mask, isEncrypted: true, factor);
        _factor = factor;
        _isFactorFirst = terms.Weighting == Weighting.Hidden;
    }

    /// <summary>
    /// Checks every value of the model, and copies the first values to encrypt to a span in the same pass.
    /// </summary>
    public ClampReport Survey(Span<double> first)
    {
        ClampReport clamped = _selected.Survey(WithoutFactor(first));
        Advance(first);
        return clamped;
    }

    /// <summary>Skips to a later position of the values to encrypt.</summary>
    public void MoveTo(long position)
    {
        int weights = _isFactorFirst && _position == 0 && position > 0 ? 1 : 0;
        _selected.Skip(position - _position - weights);
        _position = position;
    }

    /// <summary>Whether <see cref="CopyTo"/> can be called, after a survey.</summary>
    public bool AreAtHand => _selected.AreAtHand;

    /// <summary>Copies values from a position on, which may happen on several threads.</summary>
    public void CopyTo(long position, Span<double> destination)
    {
        if (_isFactorFirst && position == 0)
        {
            destination[0] = _factor!.Value;
            _selected.CopyTo(0, destination[1..]);
            return;
        }

        _selected.CopyTo(_isFactorFirst ? position - 1 : position, destination);
    }

    public void Read(Span<double> destination)
    {
        _selected.Read(WithoutFactor(destination));
        Advance(destination);
    }

    public void Dispose() => _selected.Dispose();

    private bool BeginsWithFactor(Span<double> values) => _isFactorFirst && _position == 0 && !values.IsEmpty;

    private Span<double> WithoutFactor(Span<double> values) => BeginsWithFactor(values) ? values[1..] : values;

    private void Advance(Span<double> values)
    {
        if (BeginsWithFactor(values))
        {
            values[0] = _factor!.Value;
        }

        _position += values.Length;
    }
}
