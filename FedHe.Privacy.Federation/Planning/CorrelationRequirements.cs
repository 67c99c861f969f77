using FedHe.Privacy.Correlation;
using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Federation.Planning;

/// <summary>Correlation requirements say over which rounds the noise of a job is to be correlated, how seldom a unit takes part, and what the budget must suffice for.</summary>
/// <remarks>
/// Choose the separation as large as the data permit: it is also the number of parts that take turns, so that with a separation of b each round uses one record or client in b. Noise of units that take part in every round gains
/// nothing from correlation.
/// </remarks>
public sealed record CorrelationRequirements
{
    /// <summary>The number of rounds of a sequence, 1 to 10,000; usually those of the job.</summary>
    public required int Rounds { get; init; }

    /// <summary>The smallest distance of two rounds in which the same unit takes part, which is the number of parts, from 1 to the number of rounds.</summary>
    public required int Separation { get; init; }

    /// <summary>
    /// The number of sequences that the budget must suffice for, positive. A sum of fewer contributors than all, a round without a sum and an attempt beyond <see cref="Attempts"/> each begin another one.
    /// </summary>
    public required int Sequences { get; init; }

    /// <summary>
    /// The number of sums beside the sequences that the budget must suffice for, at least 0. A client takes part only while it could pay for its round as such a sum too, so there must be one at least wherever clients
    /// may drop out, rounds may be repeated, or a committee may give them up.
    /// </summary>
    public required int SumsBeside { get; init; }

    /// <summary>The number of attempts at a round that go on with a sequence where no committee opens sums, 1 to 64. Each needs a little more noise.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>The logarithm of the denominator of coefficients, 1 to 18, or null for the most from 10 down to 6 with which the integers of the job hold sums and noise.</summary>
    public int? DenominatorBits { get; init; }

    /// <summary>The correlation, or null for the bands that make running sums least noisy, as many as the separation and at most 256.</summary>
    public NoiseCorrelation? Correlation { get; init; }

    internal ParticipationSchedule Schedule => new(Rounds, Separation, (Rounds + Separation - 1) / Math.Max(1, Separation));

    internal void Require()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Sequences, nameof(Sequences));
        ArgumentOutOfRangeException.ThrowIfNegative(SumsBeside, nameof(SumsBeside));
    }
}
