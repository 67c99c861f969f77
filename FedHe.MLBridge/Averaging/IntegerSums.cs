using FedHe.Crypto.Operations;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Averaging;

/// <summary>Integer sums are the opened sums of integer updates, in order; sums that no updates within their bound have are refused.</summary>
internal sealed class IntegerSums : IDisposable
{
    private readonly DecryptedValues _values;
    private readonly ClearIntegerSums? _clear;
    private readonly double _scale;
    private readonly double _largest;

    public IntegerSums(IDecryptor decryptor, EncryptedAggregate aggregate, AggregationTerms terms, long bound)
    {
        _values = new DecryptedValues(decryptor, aggregate.Segments);
        _scale = terms.Layout.Tensors[0].Bound;
        _largest = (double)aggregate.Contributions * bound;
        _clear = terms.Mask.IsAll ? null : new ClearIntegerSums(aggregate.ClearSums, terms);
    }

    /// <summary>
    /// Returns the next sums, as doubles that are integers: at least one and at most <paramref name="maxLength"/>. The caller may change
    /// them and must not use them after the next call.
    /// </summary>
    public Span<double> Take(int maxLength)
    {
        Span<double> sums = _clear is null ? Decrypt(maxLength) : _clear.Take(maxLength, Decrypt);
        bool isPossible = true;
        foreach (double sum in sums)
        {
            isPossible &= Math.Abs(sum) <= _largest && sum == Math.Round(sum);
        }

        return isPossible ? sums : throw Throw.ImpossibleAverage();
    }

    public void Dispose()
    {
        _values.Dispose();
        _clear?.Dispose();
    }

    private Span<double> Decrypt(int maxLength)
    {
        Span<double> sums = _values.Take(maxLength);
        foreach (ref double sum in sums)
        {
            sum *= _scale;
        }

        return sums;
    }
}
