using System.Buffers;
using FedHe.Crypto.Serialization;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Serialization;
using FedHe.Privacy.States;

namespace FedHe.Privacy.Correlation;

/// <summary>The bytes of a saved participation guard: docs/wire-format.md describes them.</summary>
internal static class ParticipationFormat
{
    private const ushort Version = 1;
    private const int SmallestUnitLength = sizeof(ushort) + 1 + (2 * sizeof(int));

    private static ReadOnlySpan<byte> Magic => "FHDG"u8;

    public static byte[] Write(ParticipationSchedule schedule, PrivacyStateStamp stamp, IReadOnlyDictionary<string, (int Last, int Count)> units)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteBytes(Magic);
        writer.WriteUInt16(Version);
        writer.WriteInt32(schedule.Rounds);
        writer.WriteInt32(schedule.Separation);
        writer.WriteInt32(schedule.Participations);
        stamp.Write(writer);
        writer.WriteInt32(units.Count);
        foreach ((string unit, (int last, int count)) in units.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WriteString(unit);
            writer.WriteInt32(last);
            writer.WriteInt32(count);
        }

        return bytes.WrittenSpan.ToArray();
    }

    public static Dictionary<string, (int Last, int Count)> Read(
        ReadOnlySpan<byte> bytes, ParticipationSchedule schedule, PrivacyStateStamp newest, out PrivacyStateStamp stamp)
    {
        var reader = new FieldReader(bytes, PrivacyError.MalformedState);
        if (!reader.Bytes(Magic.Length).SequenceEqual(Magic) || reader.UInt16() != Version)
        {
            throw reader.Malformed();
        }

        if ((reader.Int32(), reader.Int32(), reader.Int32()) != (schedule.Rounds, schedule.Separation, schedule.Participations))
        {
            throw Throw.StateOfAnotherPlan();
        }

        stamp = PrivacyStateStamp.Read(ref reader);
        int units = reader.Int32(0, Math.Min(ParticipationGuard.LargestUnitCount, Math.Max(0, reader.Remaining - sizeof(int)) / SmallestUnitLength));
        var seen = new Dictionary<string, (int Last, int Count)>(units, StringComparer.Ordinal);
        string? before = null;
        for (int i = 0; i < units; i++)
        {
            string unit = reader.Text(ParticipationGuard.LongestUnit);
            int last = reader.Int32(0, schedule.Rounds - 1);
            int count = reader.Int32(1, schedule.Participations);

            // Units come in one order, and none takes part more often than the rounds up to the last one allow.
            if (string.CompareOrdinal(before, unit) >= 0 || ((count - 1L) * schedule.Separation) > last)
            {
                throw reader.Malformed();
            }

            seen.Add(before = unit, (last, count));
        }

        if (reader.Remaining != 0)
        {
            throw reader.Malformed();
        }

        stamp.RequireNotOlderThan(newest);
        return seen;
    }
}
