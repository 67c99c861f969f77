using FedHe.Crypto.Authoring;

namespace FedHe.Crypto.Plain;

/// <summary>A plain accumulator adds up weighted fixed-point integers in clear.</summary>
internal sealed class PlainAccumulator(InsecurePlainParameters parameters, int length)
    : AccumulatorBase<PlainVector>(parameters, length)
{
    // The base refuses a length below 1, but field initializers run before it does.
    private long[] _sum = new long[Math.Max(length, 0)];

    protected override void Fold(PlainVector vector, long weight)
    {
        ReadOnlySpan<long> values = vector.Values;
        for (int i = 0; i < _sum.Length; i++)
        {
            _sum[i] = checked(_sum[i] + (weight * values[i]));
        }
    }

    protected override PlainVector CopySum() => new(parameters, KeyId, Bound, [.. _sum]);

    protected override PlainVector TakeSum() => new(parameters, KeyId, Bound, _sum);

    protected override void ReleaseSum() => _sum = [];
}
