using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Operations;

/// <summary>
/// The part of a running sum that every scheme shares: identity checks, the bound, refusal before overflow, and
/// freezing. A scheme adds the arithmetic. Everything is checked before anything changes.
/// </summary>
internal abstract class WeightedAccumulator<TVector> : IWeightedAccumulator
    where TVector : EncryptedVector
{
    private readonly HeParameters _parameters;
    private bool _complete;

    protected WeightedAccumulator(HeParameters parameters, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        _parameters = parameters;
        Length = length;
    }

    public int Length { get; }

    public int Count { get; private set; }

    protected KeyId KeyId { get; private set; }

    protected VectorBound Bound { get; private set; }

    public void Add(EncryptedVector vector) => AddWeighted(vector, 1);

    public void AddWeighted(EncryptedVector vector, long weight)
    {
        ArgumentNullException.ThrowIfNull(vector);
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ThrowIfComplete();
        TVector checkedVector = VectorGuard.Check<TVector>(_parameters, vector, Length);
        VectorBound sum = vector.Bound.Scale(weight);
        if (Count > 0)
        {
            if (vector.KeyId != KeyId)
            {
                Throw.KeyMismatch();
            }

            CheckLevel(checkedVector);
            sum = Bound.Add(sum);
        }

        if (!VectorGuard.Fits(_parameters, sum))
        {
            Throw.SumExceedsCapacity(RemainingWeight(vector.Bound));
        }

        Fold(checkedVector, weight);
        KeyId = vector.KeyId;
        Bound = sum;
        Count++;
    }

    public EncryptedVector Snapshot()
    {
        ThrowIfComplete();
        if (Count == 0)
        {
            Throw.AccumulatorEmpty();
        }

        return CopySum();
    }

    public EncryptedVector Complete()
    {
        ThrowIfComplete();
        if (Count == 0)
        {
            Throw.AccumulatorEmpty();
        }

        _complete = true;
        return TakeSum();
    }

    public void Dispose()
    {
        _complete = true;
        ReleaseSum();
    }

    /// <summary>Refuses a vector whose level differs from the sum's; called only when the sum is not empty.</summary>
    protected virtual void CheckLevel(TVector vector)
    {
    }

    protected abstract void Fold(TVector vector, long weight);

    protected abstract TVector CopySum();

    protected abstract TVector TakeSum();

    protected abstract void ReleaseSum();

    private void ThrowIfComplete()
    {
        if (_complete)
        {
            Throw.AccumulatorComplete();
        }
    }

    /// <summary>The largest weight that would still fit, by bisection: the bound grows with the weight.</summary>
    private long RemainingWeight(VectorBound vector)
    {
        long fits = 0;
        long exceeds = long.MaxValue;
        while (exceeds - fits > 1)
        {
            long middle = fits + ((exceeds - fits) / 2);
            VectorBound sum = vector.Scale(middle);
            if (VectorGuard.Fits(_parameters, Count > 0 ? Bound.Add(sum) : sum))
            {
                fits = middle;
            }
            else
            {
                exceeds = middle;
            }
        }

        return fits;
    }
}
