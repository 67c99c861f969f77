using System.Text.Json;
using System.Text.Json.Serialization;

namespace FedHe.Tool.Folders;

/// <summary>The notes of a party: what it is, and what the command remembers between two runs. They hold no secret.</summary>
internal sealed record PartyNotes
{
    public required PartyRole Role { get; init; }

    public required string Name { get; init; }

    /// <summary>The number of the last message that was put into the outbox.</summary>
    public int Sent { get; init; }

    /// <summary>The version of the saved state whose messages are all in the outbox.</summary>
    public string Delivered { get; init; } = string.Empty;

    /// <summary>The number of samples that a client announces.</summary>
    public long Samples { get; init; }

    /// <summary>What a client promised to the people in its data when it joined a job with privacy terms, or null.</summary>
    public ClientPromise? Promise { get; init; }

    /// <summary>The round and attempt that <see cref="Selected"/> and <see cref="Invited"/> are about.</summary>
    public int Round { get; init; }

    public int Attempt { get; init; }

    /// <summary>The clients that the server selected for the open attempt.</summary>
    public IReadOnlyList<string> Selected { get; init; } = [];

    /// <summary>The clients whose invitations are in the outbox.</summary>
    public IReadOnlyList<string> Invited { get; init; } = [];

    /// <summary>The model for which a client has announced itself for the next round.</summary>
    public int AnnouncedFor { get; init; }

    /// <summary>The last round of which a member's ledger knows; 0 before the first.</summary>
    public int LedgerRound { get; init; }

    /// <summary>The epoch that a client begins with whenever a command opens its folder; 0 for the first one.</summary>
    public int BegunEpoch { get; init; }

    /// <summary>The number of that epoch, from 1.</summary>
    [JsonIgnore]
    public int FirstEpoch => Math.Max(1, BegunEpoch);

    /// <summary>The last epoch whose key a client has asked for; 0 before the second one.</summary>
    public int AskedEpoch { get; init; }

    /// <summary>The first round of the epoch that a member voted for last; 0 before the first vote.</summary>
    public int VotedRound { get; init; }

    /// <summary>The last epoch whose certificate the server has written for the authority and for the clients that join.</summary>
    public int CertifiedEpoch { get; init; }

    /// <summary>What the server waits for from members of the committee, as lines for people.</summary>
    public IReadOnlyList<string> Awaited { get; init; } = [];

    /// <summary>The last round whose confirmations the server has passed on.</summary>
    public int ConfirmedRound { get; init; }

    public static PartyNotes Read(byte[] bytes) => JsonSerializer.Deserialize(bytes, NotesJson.Default.PartyNotes) ?? throw new JsonException();

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, NotesJson.Default.PartyNotes);
}

/// <summary>How notes are written.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PartyNotes))]
internal sealed partial class NotesJson : JsonSerializerContext;
