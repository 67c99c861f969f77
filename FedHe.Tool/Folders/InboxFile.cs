using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Messages;

namespace FedHe.Tool.Folders;

/// <summary>A file in an inbox, with what it says about itself; nothing of it is verified.</summary>
/// <param name="Name">The name of the file.</param>
/// <param name="Path">The path of the file.</param>
/// <param name="Info">What the message says about itself, or null where it is no message between parties.</param>
internal sealed record InboxFile(string Name, string Path, MessageInfo? Info)
{
    private const int HeadLength = 1024;

    /// <summary>Whether the file is longer than any message that is read into memory can be: nobody reads it, and it is put aside.</summary>
    public bool IsTooLong { get; private init; }

    /// <summary>The kind of wire object that the file says it is, or null where it says that it is none.</summary>
    public WireKind? Wire { get; private init; }

    /// <summary>Reads the beginning of a file.</summary>
    public static InboxFile Look(FileInfo file)
    {
        byte[] head = new byte[HeadLength];
        using FileStream stream = file.OpenRead();
        bool isTooLong = stream.Length > Array.MaxLength;
        int length = isTooLong ? 0 : stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        MessageInfo.TryRead(head.AsSpan(0, length), out MessageInfo? info);
        return new InboxFile(file.Name, file.FullName, info) { IsTooLong = isTooLong, Wire = WireHead.KindOf(head.AsSpan(0, length)) };
    }

    public byte[] Read() => File.ReadAllBytes(Path);

    /// <summary>The name and the content of the file, as one line: the same file again has the same line.</summary>
    public string Identity() => $"{FileDigest.Of(Path)} {Name}";
}
