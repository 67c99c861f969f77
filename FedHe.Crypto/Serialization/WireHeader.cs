using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Serialization;

/// <summary>The 48 bytes that begin every FedHe wire object; docs/wire-format.md gives them byte by byte.</summary>
/// <param name="Kind">What follows.</param>
/// <param name="Version">Format version of that kind.</param>
/// <param name="ParametersId">Parameters the object belongs to, or zero.</param>
/// <param name="PayloadLength">Bytes after the header.</param>
public readonly record struct WireHeader(WireKind Kind, ushort Version, Digest ParametersId, long PayloadLength)
{
    /// <summary>Length of the header: 48 bytes.</summary>
    public const int SizeInBytes = 48;

    /// <summary>The format version this library writes and reads, for every kind.</summary>
    public const ushort CurrentVersion = 1;

    internal const int GuidSizeInBytes = 16;

    internal static ReadOnlySpan<byte> Magic => "FdHe"u8;
}
