using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Identities;

namespace FedHe.Tool.Folders;

/// <summary>
/// A draw letter is what is known of the draw of a committee: who takes part, then what all have committed to, and then what all have
/// shown. The authority carries it between the clients; it is public, and everything in it that counts is signed by them.
/// </summary>
internal sealed record DrawLetter(Guid DrawId, ClientRoster Roster)
{
    private const int LongestLetter = 1 << 26;

    /// <summary>The commitments, as far as they are here.</summary>
    public IReadOnlyDictionary<ClientId, byte[]> Commitments { get; init; } = new SortedDictionary<ClientId, byte[]>();

    /// <summary>The values that were shown, as far as they are here.</summary>
    public IReadOnlyDictionary<ClientId, byte[]> Reveals { get; init; } = new SortedDictionary<ClientId, byte[]>();

    public bool IsCommitted => Commitments.Count == Roster.Clients.Count;

    public bool IsComplete => IsCommitted && Reveals.Count == Roster.Clients.Count;

    /// <summary>Tells whether a letter is about clients with these names and keys, and no others.</summary>
    public bool IsOf(ClientRoster other)
        => Roster.Clients.SequenceEqual(other.Clients)
            && Roster.Clients.All(client => Roster.TryGetKey(client, out VerificationKey? key) && other.TryGetKey(client, out VerificationKey? same) && key.Equals(same));

    /// <summary>Verifies everything, and computes the order.</summary>
    /// <exception cref="FedHe.Crypto.Errors.HeFormatException">Something is wrong.</exception>
    public CommitteeDraw Draw() => CommitteeDraw.Read(DrawId, Roster, Commitments.Values.Select(ToMemory), Reveals.Values.Select(ToMemory));

    public byte[] Write() => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["fedhe"] = "draw",
        ["draw"] = DrawId.ToString(),
        ["clients"] = new JsonObject(Roster.Clients.Select(client => KeyValuePair.Create(client.Value, (JsonNode?)Convert.ToBase64String(KeyOf(client).Encoded)))),
        ["commitments"] = Write(Commitments),
        ["reveals"] = Write(Reveals),
    }.ToJsonString());

    /// <summary>Reads a letter from untrusted bytes, or returns null.</summary>
    public static DrawLetter? TryRead(byte[]? bytes)
    {
        if (bytes is null || bytes.Length > LongestLetter || !bytes.AsSpan().StartsWith("{"u8))
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 3 });
            return JsonNode.Parse(ref reader) is JsonObject json && (string?)json["fedhe"] == "draw" && Guid.TryParse((string?)json["draw"], out Guid drawId) && drawId != Guid.Empty
                ? new DrawLetter(drawId, ReadRoster((JsonObject)json["clients"]!)) { Commitments = Read(json, "commitments"), Reveals = Read(json, "reveals") }
                : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or ArgumentException or InvalidCastException or NullReferenceException)
        {
            return null;
        }
    }

    private VerificationKey KeyOf(ClientId client) => Roster.TryGetKey(client, out VerificationKey? key) ? key : throw new InvalidOperationException();

    private static ReadOnlyMemory<byte> ToMemory(byte[] bytes) => bytes;

    private static JsonObject Write(IReadOnlyDictionary<ClientId, byte[]> messages)
        => new(messages.Select(one => KeyValuePair.Create(one.Key.Value, (JsonNode?)Convert.ToBase64String(one.Value))));

    private static SortedDictionary<ClientId, byte[]> Read(JsonObject json, string name)
        => new(((JsonObject)json[name]!).ToDictionary(one => new ClientId(one.Key), one => Convert.FromBase64String((string)one.Value!)));

    private static ClientRoster ReadRoster(JsonObject clients) => new(clients.Select(one
        => VerificationKey.TryParse(Convert.FromBase64String((string)one.Value!), out VerificationKey? key) && PartyFolder.IsClientName(one.Key)
            ? KeyValuePair.Create(new ClientId(one.Key), key)
            : throw new FormatException()));
}
