using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge.Identities;

/// <summary>
/// Slot fields are the encodings of clients and slots, which updates, messages and saved states share.
/// </summary>
public static class SlotFields
{
    /// <summary>Writes a client's name after its two-byte length.</summary>
    public static void WriteClientId(this WireWriter writer, ClientId value) => writer.WriteString(value.Value);

    /// <summary>Reads a client's name, and refuses a name that <see cref="ClientId.IsValid"/> does not allow.</summary>
    public static ClientId ReadClientId(this ref WireReader reader)
    {
        string value = reader.ReadString(ClientId.MaxLength);
        reader.Require(ClientId.IsValid(value), FormatError.FieldOutOfRange);
        return reader.Failed ? default : new ClientId(value);
    }

    /// <summary>Writes a slot: the job, the client, the round and the attempt.</summary>
    public static void WriteSlot(this WireWriter writer, UploadSlot value)
    {
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteGuid(value.JobId);
        writer.WriteClientId(value.Client);
        writer.WriteInt32(value.Round);
        writer.WriteInt32(value.Attempt);
    }

    /// <summary>Reads a slot; returns null when a field is out of range.</summary>
    public static UploadSlot? ReadSlot(this ref WireReader reader)
    {
        Guid jobId = reader.ReadGuid();
        return reader.ReadSlot(jobId, reader.ReadClientId());
    }

    /// <summary>
    /// Reads the round and the attempt of a slot whose job and client are already known; returns null when a field is
    /// out of range.
    /// </summary>
    /// <param name="reader">The reader.</param>
    /// <param name="jobId">The job; an empty one is refused.</param>
    /// <param name="client">The client.</param>
    public static UploadSlot? ReadSlot(this ref WireReader reader, Guid jobId, ClientId client)
    {
        reader.Require(jobId != Guid.Empty, FormatError.FieldOutOfRange);
        int round = reader.ReadInt32(1, int.MaxValue);
        int attempt = reader.ReadInt32(1, int.MaxValue);
        return reader.Failed ? null : new UploadSlot(jobId, round, attempt, client);
    }

    /// <summary>Computes the length of an encoded slot in bytes from the length of the client's name.</summary>
    internal static int SlotLength(int clientLength) => 16 + sizeof(ushort) + clientLength + sizeof(int) + sizeof(int);
}
