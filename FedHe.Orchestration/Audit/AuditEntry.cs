using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Audit;

/// <summary>An audit entry is one line of an audit log: what happened when, the digest of the entry before it, and the author's signature.</summary>
public sealed class AuditEntry
{
    /// <summary>The length of the longest line, in bytes.</summary>
    internal const int LongestLine = 1024 * 1024;

    // Every line has the digest of the one before it and a signature, in hexadecimal digits.
    private const int ShortestLine = 2 * (Digest.SizeInBytes + VerificationKey.SignatureSizeInBytes);

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private AuditEntry(long number, DateTimeOffset time, AuditKind kind, ImmutableArray<AuditFact> facts, Digest previous, AuditHead head)
        => (Number, Time, Kind, Facts, Previous, Head) = (number, time, kind, facts, previous, head);

    /// <summary>The number of the entry, from 1.</summary>
    public long Number { get; }

    /// <summary>The author's time of day when the entry was written, in milliseconds.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>What the entry is about.</summary>
    public AuditKind Kind { get; }

    /// <summary>What the entry states.</summary>
    public ImmutableArray<AuditFact> Facts { get; }

    /// <summary>The digest of the entry before; of the first entry, the digest of the job.</summary>
    public Digest Previous { get; }

    /// <summary>The digest of the entry, signed by the author of the log.</summary>
    public AuditHead Head { get; }

    /// <summary>Returns what the entry states under a name, or null.</summary>
    /// <param name="name">The name of the fact.</param>
    public string? Find(string name) => Facts.FirstOrDefault(fact => fact.Name == name).Value;

    /// <summary>Returns the line of a new entry without its signature.</summary>
    internal static byte[] WriteBody(long number, DateTimeOffset time, AuditKind kind, IEnumerable<AuditFact> facts, Digest previous)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("number", number);
            json.WriteString("time", time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
            json.WriteString("kind", kind.ToString());
            json.WriteStartObject("facts");
            foreach (AuditFact fact in facts)
            {
                json.WriteString(fact.Name, fact.Value);
            }

            json.WriteEndObject();
            json.WriteString("previous", previous.ToString());
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Returns a whole line, with its end.</summary>
    internal static byte[] WriteLine(ReadOnlySpan<byte> body, ReadOnlySpan<byte> signature)
        => [.. body[..^1], .. ",\"signature\":\""u8, .. System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(signature)), .. "\"}\n"u8];

    /// <summary>
    /// Reads a line without its end, or returns null where it is no entry. There is one way to write an entry, and every other one is refused.
    /// Nothing is verified.
    /// </summary>
    internal static AuditEntry? TryRead(ReadOnlyMemory<byte> line)
    {
        // A parser that throws for every line of a file of line ends would take minutes for it.
        if (line.Length is < ShortestLine or > LongestLine)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 2 });
            return TryRead(json.RootElement) is AuditEntry entry && entry.IsWrittenAs(line.Span) ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            // A text that is no text, such as half of a surrogate pair.
            return null;
        }
    }

    private static AuditEntry? TryRead(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object
            || !json.TryGetProperty("number", out JsonElement number) || number.ValueKind != JsonValueKind.Number || !number.TryGetInt64(out long read) || read < 1
            || !DateTimeOffset.TryParseExact(
                TextOf(json, "time"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            || !Enum.TryParse(TextOf(json, "kind"), out AuditKind kind) || !Enum.IsDefined(kind)
            || !json.TryGetProperty("facts", out JsonElement facts) || facts.ValueKind != JsonValueKind.Object
            || !AuditText.TryReadHex(TextOf(json, "previous"), Digest.SizeInBytes, out byte[]? previous)
            || !AuditText.TryReadHex(TextOf(json, "signature"), VerificationKey.SignatureSizeInBytes, out byte[]? signature))
        {
            return null;
        }

        ImmutableArray<AuditFact> known = [.. facts.EnumerateObject().Select(fact => new AuditFact(fact.Name, fact.Value.ValueKind == JsonValueKind.String ? fact.Value.GetString()! : string.Empty))];
        bool areNamedOnce = known.Select(fact => fact.Name).Distinct(StringComparer.Ordinal).Count() == known.Length;
        var digest = Digest.Compute(WriteBody(read, time, kind, known, new Digest(previous)));
        return areNamedOnce ? new AuditEntry(read, time, kind, known, new Digest(previous), new AuditHead(read, digest, signature)) : null;
    }

    private static string TextOf(JsonElement json, string name)
        => json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : string.Empty;

    private bool IsWrittenAs(ReadOnlySpan<byte> line)
        => WriteLine(WriteBody(Number, Time, Kind, Facts, Previous), Head.Signature).AsSpan()[..^1].SequenceEqual(line);
}
