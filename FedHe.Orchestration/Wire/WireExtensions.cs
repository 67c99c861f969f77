using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;

namespace FedHe.Orchestration.Wire;

/// <summary>Extension methods for the fields that only objects of this layer have.</summary>
internal static class WireExtensions
{
    /// <summary>Reads a byte that is 0 or 1.</summary>
    public static bool ReadFlag(this ref WireReader reader)
    {
        byte flag = reader.ReadByte();
        reader.Require(flag <= 1, FormatError.FieldOutOfRange);
        return flag == 1;
    }

    public static int ReadRound(this ref WireReader reader) => reader.ReadInt32(1, int.MaxValue);
}
