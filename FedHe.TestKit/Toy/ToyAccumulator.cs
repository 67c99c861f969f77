using FedHe.Crypto.Authoring;

namespace FedHe.TestKit.Toy;

/// <summary>A toy accumulator adds masked integers modulo 2^64, and counts the multiples of the mask in their sum.</summary>
internal sealed class ToyAccumulator(ToyParameters parameters, int length) : AccumulatorBase<ToyVector>(parameters, length)
{
    // The base refuses a length below 1, but field initializers run before it does.
    private long[] _sum = new long[Math.Max(length, 0)];
    private long _factor;

    protected override void Fold(ToyVector vector, long weight)
    {
        ReadOnlySpan<long> values = vector.Values;
        for (int i = 0; i < _sum.Length; i++)
        {
            _sum[i] = unchecked(_sum[i] + (weight * values[i]));
        }

        _factor = unchecked(_factor + (weight * vector.Factor));
    }

    protected override ToyVector CopySum() => new(parameters, KeyId, Bound, _factor, [.. _sum]);

    protected override ToyVector TakeSum() => new(parameters, KeyId, Bound, _factor, _sum);

    protected override void ReleaseSum() => _sum = [];
}
