using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Wire;

/// <summary>Fields that only objects of this layer have.</summary>
internal static class WireExtensions
{
    public static void WriteClientId(this WireWriter writer, ClientId value) => writer.WriteString(value.Value);

    public static ClientId ReadClientId(this ref WireReader reader)
    {
        string value = reader.ReadString(ClientId.MaxLength);
        reader.Require(ClientId.IsValid(value), FormatError.FieldOutOfRange);
        return reader.Failed ? default : new ClientId(value);
    }

    public static int ReadRound(this ref WireReader reader) => reader.ReadInt32(1, int.MaxValue);

    public static int ReadAttempt(this ref WireReader reader) => reader.ReadInt32(1, int.MaxValue);
}
