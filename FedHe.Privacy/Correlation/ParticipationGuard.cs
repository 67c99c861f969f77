using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Correlation;

/// <summary>A participation guard refuses units that come again too soon or too often. The party that chooses who takes part asks it. It is not thread-safe.</summary>
/// <param name="schedule">The schedule that the accounting rests on.</param>
public sealed class ParticipationGuard(ParticipationSchedule schedule)
{
    private readonly Dictionary<string, (int Last, int Count)> _seen = [];

    /// <summary>The schedule that the accounting rests on.</summary>
    public ParticipationSchedule Schedule { get; } = schedule ?? throw new ArgumentNullException(nameof(schedule));

    /// <summary>Tells whether a unit may take part in a round.</summary>
    /// <param name="unit">The name of the unit.</param>
    /// <param name="round">The round, counted from 0.</param>
    /// <returns>True if separation and number of participations allow it.</returns>
    public bool Allows(string unit, int round)
    {
        ArgumentNullException.ThrowIfNull(unit);
        if (round < 0 || round >= Schedule.Rounds)
        {
            return false;
        }

        return !_seen.TryGetValue(unit, out (int Last, int Count) seen)
            || ((long)round - seen.Last >= Schedule.Separation && seen.Count < Schedule.Participations);
    }

    /// <summary>Records that a unit takes part in a round.</summary>
    /// <param name="unit">The name of the unit.</param>
    /// <param name="round">The round, counted from 0.</param>
    /// <exception cref="PrivacyException">The schedule does not allow it; nothing was recorded.</exception>
    public void Record(string unit, int round)
    {
        if (!Allows(unit, round))
        {
            throw Throw.ParticipationRefused();
        }

        _seen[unit] = (round, _seen.GetValueOrDefault(unit).Count + 1);
    }
}
