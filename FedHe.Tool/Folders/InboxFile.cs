using System.Security.Cryptography;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Tool.Folders;

/// <summary>A file in an inbox, with what it says about itself; nothing of it is verified.</summary>
/// <param name="Name">The name of the file.</param>
/// <param name="Path">The path of the file.</param>
/// <param name="Info">What the message says about itself, or null where it is no message between parties.</param>
internal sealed record InboxFile(string Name, string Path, MessageInfo? Info)
{
    private const int HeadLength = 1024;

    /// <summary>Reads the beginning of a file.</summary>
    public static InboxFile Look(string path)
    {
        byte[] head = new byte[HeadLength];
        using FileStream file = File.OpenRead(path);
        int length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        MessageInfo.TryRead(head.AsSpan(0, length), out MessageInfo? info);
        if (file.Length > FederationSafety.LargestMessageBytes)
        {
            // Longer than any message can be: nobody reads it, and it is put aside.
            info = null;
        }

        return new InboxFile(System.IO.Path.GetFileName(path), path, info);
    }

    public byte[] Read() => File.ReadAllBytes(Path);

    /// <summary>The name and the content of the file, as one line: the same file again has the same line.</summary>
    public string Identity()
    {
        using FileStream file = File.OpenRead(Path);
        return $"{Convert.ToHexStringLower(SHA256.HashData(file))} {Name}";
    }
}
