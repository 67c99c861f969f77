using System.Buffers.Binary;
using FedHe.Crypto.Serialization;

namespace FedHe.Tool.Folders;

/// <summary>What the head of a file says about the file; nothing of it is verified.</summary>
internal static class WireHead
{
    /// <summary>Where the content of a wire object begins.</summary>
    public const int ContentOffset = 48;

    private const int KindOffset = 4;

    /// <summary>Returns the kind of wire object that bytes say they are, or null where they say they are none.</summary>
    public static WireKind? KindOf(ReadOnlySpan<byte> head)
        => head.Length > ContentOffset && head.StartsWith("FdHe"u8) ? (WireKind)BinaryPrimitives.ReadUInt16LittleEndian(head[KindOffset..]) : null;
}
