using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Tests.Host.Files;

namespace FedHe.Orchestration.Tests.Host.Frames;

/// <summary>The contents of frames that are no messages of the federation, as JSON.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(PartyOrder))]
[JsonSerializable(typeof(PartyStatus))]
[JsonSerializable(typeof(SavedRoster))]
[JsonSerializable(typeof(StateStamp))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(string[]))]
public sealed partial class FrameContent : JsonSerializerContext
{
    /// <summary>Writes a content.</summary>
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, TypeInfo<T>());

    /// <summary>Reads a content that <see cref="Write"/> wrote.</summary>
    public static T Read<T>(ReadOnlyMemory<byte> content) => JsonSerializer.Deserialize(content.Span, TypeInfo<T>())!;

    private static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)Default.GetTypeInfo(typeof(T))!;
}
