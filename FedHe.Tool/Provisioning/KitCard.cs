using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Hosting.Certificates;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Tool.Folders;

namespace FedHe.Tool.Provisioning;

/// <summary>A kit card is the public half of what a client made itself: the key that verifies its messages, and the pin of its certificate.</summary>
/// <param name="Client">The name of the client.</param>
/// <param name="Key">The key that verifies its messages.</param>
/// <param name="Pin">The pin of its certificate.</param>
internal sealed record KitCard(ClientId Client, VerificationKey Key, CertificatePin Pin)
{
    private const int LongestCard = 4096;
    private const string Kind = "kit card";

    public byte[] Write() => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["fedhe"] = Kind,
        ["name"] = Client.Value,
        ["key"] = Convert.ToBase64String(Key.Encoded),
        ["pin"] = Pin.ToString(),
    }.ToJsonString());

    /// <summary>Reads a card, or returns null where there is none.</summary>
    public static KitCard? Read(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= LongestCard }
                && JsonNode.Parse(File.ReadAllBytes(path)) is JsonObject json
                && (string?)json["fedhe"] == Kind
                && (string?)json["name"] is string name
                && PartyFolder.IsClientName(name)
                && VerificationKey.TryParse(Convert.FromBase64String((string?)json["key"] ?? string.Empty), out VerificationKey? key)
                && CertificatePin.TryParse((string?)json["pin"], out CertificatePin? pin)
                    ? new KitCard(new ClientId(name), key, pin.Value)
                    : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
