using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Authoring;

/// <summary>
/// An accumulator base checks vectors, keeps the bound of their sum, and leaves the arithmetic to a scheme.
/// </summary>
/// <typeparam name="TVector">The scheme's vectors.</typeparam>
/// <remarks>
/// All checks precede all changes: a sum that might overflow is refused, and a refused vector leaves the sum as it was.
/// </remarks>
public abstract class AccumulatorBase<TVector> : IAccumulator
    where TVector : EncryptedVector
{
    private readonly HeParameters _parameters;
    private bool _complete;

    /// <summary>Creates an accumulator whose sum is empty.</summary>
    /// <param name="parameters">The parameters of the vectors.</param>
    /// <param name="length">Number of values of each vector, at least 1.</param>
    protected AccumulatorBase(HeParameters parameters, int length)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        _parameters = parameters;
        Length = length;
    }

    /// <inheritdoc/>
    public int Length { get; }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>
    /// The identity of the key that the vectors of the sum are encrypted under; meaningless while the sum is empty.
    /// </summary>
    protected KeyId KeyId { get; private set; }

    /// <summary>The bound of the sum in units of values; meaningless while the sum is empty.</summary>
    protected VectorBound Bound { get; private set; }

    /// <inheritdoc/>
    public void Add(EncryptedVector vector, long weight = 1)
    {
        ArgumentNullException.ThrowIfNull(vector);
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ThrowIfComplete();
        TVector checkedVector = VectorGuard.Check<TVector>(_parameters, vector, Length);
        bool isIndependent = true;
        VectorBound sum = vector.Bound.Scale(weight);
        if (Count > 0)
        {
            if (vector.KeyId != KeyId)
            {
                throw Throw.KeyMismatch();
            }

            CheckLevel(checkedVector);
            isIndependent = IsIndependent(checkedVector);
            sum = BoundWith(sum, isIndependent);
        }

        if (!VectorGuard.Fits(_parameters, sum))
        {
            throw Throw.SumExceedsCapacity(RemainingWeight(vector.Bound, isIndependent));
        }

        Fold(checkedVector, weight);
        KeyId = vector.KeyId;
        Bound = sum;
        Count++;
    }

    /// <inheritdoc/>
    public EncryptedVector Snapshot()
    {
        ThrowIfComplete();
        if (Count == 0)
        {
            throw Throw.AccumulatorEmpty();
        }

        return CopySum();
    }

    /// <inheritdoc/>
    public EncryptedVector Complete()
    {
        ThrowIfComplete();
        if (Count == 0)
        {
            throw Throw.AccumulatorEmpty();
        }

        _complete = true;
        return TakeSum();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the sum and releases its memory.</summary>
    protected virtual void Dispose(bool disposing)
    {
        _complete = true;
        if (disposing)
        {
            ReleaseSum();
        }
    }

    /// <summary>
    /// Refuses a vector whose level differs from the level of the sum. It is called only when the sum is not empty.
    /// </summary>
    protected virtual void CheckLevel(TVector vector)
    {
    }

    /// <summary>
    /// Tells whether the noise of a vector is independent of the noise of the sum, as the noise of another encryption is and the
    /// noise of a vector that was added before is not. It is called only when the sum is not empty.
    /// </summary>
    /// <returns>
    /// False where a vector is seen to be part of the sum already; true where a scheme has no noise or cannot tell, and trusts its
    /// callers to add every vector once.
    /// </returns>
    protected virtual bool IsIndependent(TVector vector) => true;

    /// <summary>Adds a checked vector times its weight to the sum. An exception must leave the sum as it was.</summary>
    protected abstract void Fold(TVector vector, long weight);

    /// <summary>Copies the sum into a new vector.</summary>
    protected abstract TVector CopySum();

    /// <summary>Hands the sum over as a vector; nothing is added afterwards.</summary>
    protected abstract TVector TakeSum();

    /// <summary>Releases the memory of the sum. It is called at least once, also after <see cref="TakeSum"/>.</summary>
    protected abstract void ReleaseSum();

    private VectorBound BoundWith(VectorBound added, bool isIndependent)
        => isIndependent ? Bound.Add(added) : Bound.AddDependent(added);

    private void ThrowIfComplete()
    {
        if (_complete)
        {
            throw Throw.AccumulatorComplete();
        }
    }

    /// <summary>Finds the largest weight with which a vector would still fit, by bisection.</summary>
    private long RemainingWeight(VectorBound vector, bool isIndependent)
    {
        long fits = 0;
        long exceeds = long.MaxValue;
        while (exceeds - fits > 1)
        {
            long middle = fits + ((exceeds - fits) / 2);
            VectorBound sum = vector.Scale(middle);
            if (VectorGuard.Fits(_parameters, Count > 0 ? BoundWith(sum, isIndependent) : sum))
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
