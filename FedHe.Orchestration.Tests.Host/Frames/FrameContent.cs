using System.Text.Json;
using System.Text.Json.Serialization;

namespace FedHe.Orchestration.Tests.Host.Frames;

/// <summary>The contents of frames that are no messages of the federation, as JSON.</summary>
public static class FrameContent
{
    private static readonly JsonSerializerOptions Options = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Writes a content.</summary>
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Reads a content that <see cref="Write"/> wrote.</summary>
    public static T Read<T>(ReadOnlyMemory<byte> content) => JsonSerializer.Deserialize<T>(content.Span, Options)!;
}
