namespace FedHe.Crypto.Plain;

internal sealed class PlainAccumulator(InsecurePlainParameters parameters, int length)
    : WeightedAccumulator<PlainVector>(parameters, length)
{
    private long[] _sum = new long[length];

    protected override void Fold(PlainVector vector, long weight)
    {
        for (int i = 0; i < _sum.Length; i++)
        {
            _sum[i] = checked(_sum[i] + (weight * vector.Values[i]));
        }
    }

    protected override PlainVector CopySum() => new(parameters, KeyId, Bound, [.. _sum]);

    protected override PlainVector TakeSum() => new(parameters, KeyId, Bound, _sum);

    protected override void ReleaseSum() => _sum = [];
}
