using FedHe.Crypto.Errors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Integers;

/// <summary>An integer vector is an update of integers as a flat model that can be encrypted under the terms of integer updates.</summary>
/// <remarks>It keeps the caller's integers, which must stay as they are, and the caller zeroes them.</remarks>
public sealed class IntegerVector : IFlatModel
{
    private readonly ReadOnlyMemory<long> _values;

    /// <summary>Creates a vector.</summary>
    /// <param name="terms">The terms, from <see cref="IntegerUpdates.TermsOf"/>.</param>
    /// <param name="values">The integers, one for each value of the model.</param>
    /// <param name="bound">The bound that the terms were created with.</param>
    /// <exception cref="ArgumentException">The number of integers is wrong.</exception>
    /// <exception cref="ModelValueException">An integer exceeds the bound.</exception>
    public IntegerVector(AggregationTerms terms, ReadOnlyMemory<long> values, long bound)
    {
        ArgumentNullException.ThrowIfNull(terms);
        Layout = terms.Layout;
        if (values.Length != Layout.ParameterCount)
        {
            throw Throw.WrongFlatLength(Layout.ParameterCount, nameof(values));
        }

        int beyond = values.Span.IndexOfAnyExceptInRange(-bound, bound);
        if (beyond >= 0)
        {
            throw new ModelValueException(ValueError.OutsideBound, Layout.Tensors[0].Name, beyond);
        }

        _values = values;
    }

    /// <inheritdoc/>
    public ModelLayout Layout { get; }

    /// <inheritdoc/>
    public void CopyFlatTo(long start, Span<double> destination)
    {
        if (start < 0 || start > _values.Length - destination.Length)
        {
            throw Throw.WrongFlatRange(_values.Length, nameof(start));
        }

        ReadOnlySpan<long> values = _values.Span.Slice((int)start, destination.Length);
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = values[i];
        }
    }
}
