using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Hosting.Epochs;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Tool.Folders;

namespace FedHe.Tool.Provisioning;

/// <summary>An administrator card is the public half of what an administrator of a key authority made: a name, and the key that verifies approvals.</summary>
/// <param name="Name">The name of the administrator.</param>
/// <param name="Key">The key that verifies the administrator's approvals.</param>
internal sealed record AdministratorCard(string Name, VerificationKey Key)
{
    /// <summary>The fingerprint, which is made like the fingerprint of a client.</summary>
    public string Fingerprint => new ClientCard(new ClientId(Name), Key).Fingerprint;

    public byte[] Write() => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["fedhe"] = "card",
        ["role"] = nameof(PartyRole.Administrator),
        ["name"] = Name,
        ["key"] = Convert.ToBase64String(Key.Encoded),
    }.ToJsonString());

    /// <summary>Reads a card, or returns null where there is none.</summary>
    public static AdministratorCard? Read(string path)
    {
        if (new FileInfo(path) is not { Exists: true, Length: <= ClientCard.MaxLength })
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(File.ReadAllBytes(path), new JsonReaderOptions { MaxDepth = 2 });
            return JsonNode.Parse(ref reader) is JsonObject json
                && (string?)json["fedhe"] == "card"
                && (string?)json["role"] == nameof(PartyRole.Administrator)
                && (string?)json["name"] is string name
                && PartyFolder.IsClientName(name)
                && VerificationKey.TryParse(Convert.FromBase64String((string?)json["key"] ?? string.Empty), out VerificationKey? key)
                    ? new AdministratorCard(name, key)
                    : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
