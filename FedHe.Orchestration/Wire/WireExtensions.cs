using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.Wire;

/// <summary>Extension methods for the fields that only objects of this layer have.</summary>
internal static class WireExtensions
{
    public static int ReadRound(this ref WireReader reader) => reader.ReadInt32(1, int.MaxValue);
}
