using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Serialization;

/// <summary>
/// A wire header is the 48 bytes that begin every FedHe wire object; docs/wire-format.md describes each byte.
/// </summary>
/// <param name="Kind">The kind of the object.</param>
/// <param name="Version">The format version of the kind.</param>
/// <param name="ParametersId">The identity of the parameters that the object belongs to, or zero.</param>
/// <param name="PayloadLength">The number of bytes after the header.</param>
public readonly record struct WireHeader(WireKind Kind, ushort Version, Digest ParametersId, long PayloadLength)
{
    /// <summary>The length of the header in bytes: 48.</summary>
    public const int SizeInBytes = 48;

    /// <summary>The format version that this library writes and reads, for every kind but saved states and heads of transfers, whose version is 2.</summary>
    public const ushort CurrentVersion = 1;

    internal const int GuidSizeInBytes = 16;

    // Version 1 of these had the SHA-256 of an upload or a chunk where a range digest is now.
    internal static ushort VersionOf(WireKind kind)
        => kind is WireKind.ServerState or WireKind.ClientState or WireKind.ServerChange or WireKind.TransferHead ? (ushort)2 : CurrentVersion;

    internal static ReadOnlySpan<byte> Magic => "FdHe"u8;
}
