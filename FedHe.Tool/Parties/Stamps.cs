using FedHe.Orchestration.Persistence;

namespace FedHe.Tool.Parties;

/// <summary>The stamps of saved states as text, to compare them across runs.</summary>
internal static class Stamps
{
    public static string TextOf(StateStamp stamp) => $"{stamp.Life} {stamp.LifeId:N} {stamp.Version}";

    public static string TextOf(ReadOnlySpan<byte> state) => StateStamp.TryRead(state, out StateStamp? stamp) ? TextOf(stamp.Value) : string.Empty;
}
