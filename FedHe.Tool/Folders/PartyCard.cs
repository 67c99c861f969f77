using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Hosting.Epochs;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;

namespace FedHe.Tool.Folders;

/// <summary>A card names a party and the key that verifies its messages. It is public; its fingerprint is compared by telephone.</summary>
/// <param name="Role">The role of the party.</param>
/// <param name="Name">The name of the party.</param>
/// <param name="Key">The verification key.</param>
internal sealed record PartyCard(PartyRole Role, string Name, VerificationKey Key)
{
    /// <summary>The fingerprint, which is the same for every card with this key.</summary>
    public string Fingerprint => new ClientCard(new ClientId(Name), Key).Fingerprint;

    public byte[] Write() => System.Text.Encoding.UTF8.GetBytes(new JsonObject
    {
        ["fedhe"] = "card",
        ["role"] = Role.ToString(),
        ["name"] = Name,
        ["key"] = Convert.ToBase64String(Key.Encoded),
    }.ToJsonString());

    /// <summary>Reads a card from untrusted bytes, or returns null.</summary>
    public static PartyCard? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > ClientCard.MaxLength)
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 2 });
            JsonNode? node = JsonNode.Parse(ref reader);
            return node is JsonObject json
                && (string?)json["fedhe"] == "card"
                && Enum.TryParse((string?)json["role"], out PartyRole role)
                && Enum.IsDefined(role)
                && (string?)json["name"] is string name
                && (role == PartyRole.Client ? PartyFolder.IsClientName(name) : role == PartyRole.Server && name == PartyFolder.ServerName)
                && VerificationKey.TryParse(Convert.FromBase64String((string?)json["key"] ?? string.Empty), out VerificationKey? key)
                    ? new PartyCard(role, name, key)
                    : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
