using FedHe.Privacy.Errors;
using FedHe.Privacy.States;

namespace FedHe.Privacy.Correlation;

/// <summary>A participation guard refuses units that come again too soon or too often. The party that chooses who takes part asks it. It is not thread-safe.</summary>
/// <remarks>
/// An older copy of a guard would let a unit in too soon, and the sensitivity that the accounting rests on would be wrong. So a host writes <see cref="Encode"/> to disk
/// before a round begins, and then <see cref="Stamp"/> to another place.
/// </remarks>
public sealed class ParticipationGuard
{
    /// <summary>The largest number of characters of the name of a unit.</summary>
    public const int LongestUnit = 128;

    /// <summary>The largest number of units.</summary>
    public const int LargestUnitCount = 4_000_000;

    private readonly Dictionary<string, (int Last, int Count)> _seen;

    /// <summary>Begins with no participation.</summary>
    /// <param name="schedule">The schedule that the accounting rests on.</param>
    public ParticipationGuard(ParticipationSchedule schedule)
        : this(schedule ?? throw new ArgumentNullException(nameof(schedule)), new(StringComparer.Ordinal), PrivacyStateStamp.First())
    {
    }

    private ParticipationGuard(ParticipationSchedule schedule, Dictionary<string, (int Last, int Count)> seen, PrivacyStateStamp stamp)
    {
        Schedule = schedule;
        _seen = seen;
        Stamp = stamp;
    }

    /// <summary>The schedule that the accounting rests on.</summary>
    public ParticipationSchedule Schedule { get; }

    /// <summary>The stamp of the present state, which changes with every participation.</summary>
    public PrivacyStateStamp Stamp { get; private set; }

    /// <summary>Reads a guard that <see cref="Encode"/> wrote.</summary>
    /// <param name="bytes">The bytes, which may come from anybody.</param>
    /// <param name="schedule">The schedule that the guard was made with.</param>
    /// <param name="newest">The stamp of the newest state that the host knows of, kept apart from the states.</param>
    /// <returns>The guard, of a new life. Save it before it is used.</returns>
    /// <exception cref="PrivacyException">The bytes are no such guard, of another schedule, or older than the newest one.</exception>
    public static ParticipationGuard Decode(ReadOnlySpan<byte> bytes, ParticipationSchedule schedule, PrivacyStateStamp newest)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        Dictionary<string, (int Last, int Count)> seen = ParticipationFormat.Read(bytes, schedule, newest, out PrivacyStateStamp stamp);
        return new ParticipationGuard(schedule, seen, stamp.NextLife());
    }

    /// <summary>This method writes the last round and the number of participations of every unit, with names in clear.</summary>
    /// <returns>The bytes.</returns>
    public byte[] Encode() => ParticipationFormat.Write(Schedule, Stamp, _seen);

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
    /// <param name="unit">The name of the unit, of up to 128 characters.</param>
    /// <param name="round">The round, counted from 0.</param>
    /// <exception cref="PrivacyException">The schedule does not allow it, or the guard knows too many units; nothing was recorded.</exception>
    /// <exception cref="ArgumentException">The name is blank or too long, or is no text.</exception>
    public void Record(string unit, int round)
    {
        if (!Allows(unit, round))
        {
            throw Throw.ParticipationRefused();
        }

        RequireName(unit);
        (int Last, int Count) seen = _seen.GetValueOrDefault(unit);

        // What is written must be read again.
        if (seen.Count == 0 && _seen.Count >= LargestUnitCount)
        {
            throw Throw.GuardFull(LargestUnitCount);
        }

        _seen[unit] = (round, seen.Count + 1);
        Stamp = Stamp.Next();
    }

    private static void RequireName(string unit)
    {
        // Halves of surrogate pairs are written as one and the same character, and two units would become one.
        if (string.IsNullOrWhiteSpace(unit) || unit.Length > LongestUnit || unit.EnumerateRunes().Contains(System.Text.Rune.ReplacementChar))
        {
            throw Throw.UnitName(LongestUnit, nameof(unit));
        }
    }
}
