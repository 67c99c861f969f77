using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Updates;

/// <summary>What an update belongs to. It travels in the update, so that an update of one round is no use in another.</summary>
public sealed record UpdateBinding
{
    /// <summary>Longest client identifier, in bytes of UTF-8.</summary>
    public const int MaxClientIdBytes = 128;

    /// <summary>Names what an update belongs to.</summary>
    /// <param name="jobId">The federation job; not empty.</param>
    /// <param name="round">The round, from 0.</param>
    /// <param name="clientId">The client: 1 to 128 bytes of UTF-8, no control characters.</param>
    /// <param name="attempt">The client's attempt in this round, from 1.</param>
    /// <exception cref="ArgumentException">One of these is out of range.</exception>
    public UpdateBinding(Guid jobId, int round, string clientId, int attempt = 1)
    {
        ArgumentNullException.ThrowIfNull(clientId);
        ArgumentOutOfRangeException.ThrowIfEqual(jobId, Guid.Empty);
        ArgumentOutOfRangeException.ThrowIfNegative(round);
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        if (!NameRule.IsValid(clientId, MaxClientIdBytes))
        {
            throw Throw.InvalidClientId(nameof(clientId));
        }

        JobId = jobId;
        Round = round;
        ClientId = clientId;
        Attempt = attempt;
    }

    /// <summary>The federation job.</summary>
    public Guid JobId { get; }

    /// <summary>The round, from 0.</summary>
    public int Round { get; }

    /// <summary>The client.</summary>
    public string ClientId { get; }

    /// <summary>The client's attempt in this round, from 1.</summary>
    public int Attempt { get; }

    internal static int EncodedLengthOf(int clientIdBytes) => 16 + sizeof(int) + sizeof(int) + sizeof(ushort) + clientIdBytes;

    internal void Write(WireWriter writer)
    {
        writer.WriteGuid(JobId);
        writer.WriteInt32(Round);
        writer.WriteInt32(Attempt);
        writer.WriteString(ClientId);
    }

    internal static UpdateBinding? Read(ref WireReader reader)
    {
        Guid jobId = reader.ReadGuid();
        reader.Require(jobId != Guid.Empty, FormatError.FieldOutOfRange);
        int round = reader.ReadInt32(0, int.MaxValue);
        int attempt = reader.ReadInt32(1, int.MaxValue);
        string clientId = ReadClientId(ref reader);
        return reader.Failed ? null : new UpdateBinding(jobId, round, clientId, attempt);
    }

    internal static string ReadClientId(ref WireReader reader)
    {
        string clientId = reader.ReadString(MaxClientIdBytes);
        reader.Require(NameRule.IsValid(clientId, MaxClientIdBytes), FormatError.FieldOutOfRange);
        return clientId;
    }
}
