using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;

namespace FedHe.Hosting.Epochs;

/// <summary>A client card names a client that wants to join a job, and has the key that verifies the client's messages.</summary>
/// <remarks>
/// A card is public and proves nothing. The operator who plans the epoch compares the card's fingerprint with the client's owner by another way, such as by telephone.
/// The command <c>fedhe</c> writes and reads the same cards.
/// </remarks>
public sealed class ClientCard
{
    /// <summary>The length of the longest card, in bytes: 4,096.</summary>
    public const int MaxLength = 4096;

    private const int FingerprintLength = 16;

    /// <summary>Creates the card of a client.</summary>
    /// <param name="client">The name of the client.</param>
    /// <param name="key">The key that verifies its messages.</param>
    public ClientCard(ClientId client, VerificationKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        (Client, Key) = (client, key);
    }

    /// <summary>The name of the client.</summary>
    public ClientId Client { get; }

    /// <summary>The key that verifies the messages of the client.</summary>
    public VerificationKey Key { get; }

    /// <summary>The fingerprint: the first half of the SHA-256 hash of the key, as 32 hexadecimal digits in groups of four.</summary>
    public string Fingerprint
        => string.Join(' ', Convert.ToHexStringLower(SHA256.HashData(Key.Encoded)[..FingerprintLength]).Chunk(4).Select(part => new string(part)));

    /// <summary>Creates the card of an identity.</summary>
    /// <param name="identity">The identity of the client.</param>
    public static ClientCard Of(ClientIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return new ClientCard(identity.Client, identity.VerificationKey);
    }

    /// <summary>Returns the card as JSON in UTF-8.</summary>
    public byte[] Write() => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["fedhe"] = "card",
        ["role"] = "Client",
        ["name"] = Client.Value,
        ["key"] = Convert.ToBase64String(Key.Encoded),
    }.ToJsonString());

    /// <summary>Tries to read a card from untrusted bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="card">The card.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ClientCard? card)
    {
        card = null;
        if (bytes.Length > MaxLength)
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 2 });
            if (JsonNode.Parse(ref reader) is JsonObject json
                && (string?)json["fedhe"] == "card"
                && (string?)json["role"] == "Client"
                && (string?)json["name"] is string name
                && ClientId.IsValid(name)
                && VerificationKey.TryParse(Convert.FromBase64String((string?)json["key"] ?? string.Empty), out VerificationKey? key))
            {
                card = new ClientCard(new ClientId(name), key);
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return false;
        }

        return card is not null;
    }

    /// <summary>Tells whether a text is the fingerprint of the card, however it is spaced.</summary>
    internal bool Has(string fingerprint) => Plain(fingerprint) == Plain(Fingerprint);

    private static string Plain(string fingerprint) => string.Concat(fingerprint.Where(one => !char.IsWhiteSpace(one))).ToLowerInvariant();
}
