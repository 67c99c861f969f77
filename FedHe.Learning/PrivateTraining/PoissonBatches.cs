using System.Buffers.Binary;
using FedHe.Learning.Randomness;

namespace FedHe.Learning.PrivateTraining;

/// <summary>Poisson batches contain every record by a coin of its own in every step, so that a batch has any size, also
/// none.</summary>
/// <remarks>Sampling amplifies privacy only against those who do not learn the coins: a seed that others know amplifies nothing.</remarks>
public sealed record PoissonBatches : BatchSampling
{
    private const int CoinLength = sizeof(ulong);

    private readonly IRandomBytes _coins;
    private readonly ulong _threshold;

    /// <summary>Creates Poisson sampling.</summary>
    /// <param name="rate">The probability of a record in a step, from 2^-40 to 1. Coins have 64 bits, so that the probability is
    /// the rate or less by at most 2^-64.</param>
    /// <param name="coins">The coins.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside its range.</exception>
    public PoissonBatches(double rate, IRandomBytes coins)
    {
        ArgumentNullException.ThrowIfNull(coins);
        if (!(rate is >= 1.0 / (1L << 40) and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(rate), "The sampling rate must lie between 2^-40 and 1.");
        }

        Rate = rate;
        _coins = coins;
        _threshold = rate < 1 ? (ulong)Math.ScaleB(rate, 64) : ulong.MaxValue;
    }

    /// <summary>The probability of a record in a step.</summary>
    public double Rate { get; }

    /// <inheritdoc/>
    public override NeighborRelation Neighbors => NeighborRelation.AddOrRemoveOne;

    /// <inheritdoc/>
    public override int ParticipationsIn(int steps, int recordCount) => steps;

    internal override int[] Draw(int step, int recordCount)
    {
        if (Rate >= 1)
        {
            return [.. Enumerable.Range(0, recordCount)];
        }

        byte[] coins = new byte[checked(recordCount * CoinLength)];
        _coins.Fill(coins);
        return [.. Enumerable.Range(0, recordCount).Where(record =>
            BinaryPrimitives.ReadUInt64LittleEndian(coins.AsSpan(record * CoinLength)) < _threshold)];
    }
}
