using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Correlation;

/// <summary>A participation schedule bounds how often, and how soon again, one unit of privacy takes part in a sequence of rounds.</summary>
/// <remarks>
/// Clients that take part in every round have a separation of 1. Records that are visited once an epoch have the number of rounds of
/// an epoch. Source: Choquette-Choo and others, "(Amplified) Banded Matrix Factorization", arXiv 2306.08153, section 2.
/// </remarks>
public sealed record ParticipationSchedule
{
    /// <summary>The largest number of rounds.</summary>
    public const int LargestRounds = 100_000;

    /// <summary>States a schedule.</summary>
    /// <param name="rounds">The number of rounds, up to 100,000.</param>
    /// <param name="separation">The smallest distance of two rounds in which the same unit takes part, at least 1.</param>
    /// <param name="participations">The largest number of rounds in which the same unit takes part, at least 1.</param>
    /// <exception cref="PrivacyException">The numbers are out of range, or so many participations do not fit.</exception>
    public ParticipationSchedule(int rounds, int separation, int participations)
    {
        if (rounds is < 1 or > LargestRounds || separation < 1 || participations < 1
            || ((participations - 1L) * separation) + 1 > rounds)
        {
            throw Throw.ScheduleOutOfRange(LargestRounds);
        }

        Rounds = rounds;
        Separation = separation;
        Participations = participations;
    }

    /// <summary>The number of rounds.</summary>
    public int Rounds { get; }

    /// <summary>The smallest distance of two rounds in which the same unit takes part.</summary>
    public int Separation { get; }

    /// <summary>The largest number of rounds in which the same unit takes part.</summary>
    public int Participations { get; }
}
