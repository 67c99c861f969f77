using System.Buffers.Binary;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Messages;
using FedHe.Tool.Output;

namespace FedHe.Tool.Folders;

/// <summary>
/// The key guard looks for keys where the server works. The server must be unable to decrypt, so nothing of the kind may lie there, under
/// a password or not: it refuses to run until it is gone.
/// </summary>
internal static class KeyGuard
{
    private const int KindOffset = 4;
    private const int ContentOffset = 48;
    private const byte ServerIdentity = 2;

    private static readonly WireKind[] SecretKinds = [WireKind.SecretKey, WireKind.PasswordProtectedSecretKey];

    public static void Check(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(path) != PartyFolder.LockName && IsKey(path))
            {
                throw ToolException.Refused(
                    $"{path} is a key or a grant of keys. The server must not have one, not even under a password: move it to the party that it "
                    + "belongs to, and take new keys if others can read this folder.");
            }
        }
    }

    private static bool IsKey(string path)
    {
        byte[] head = new byte[1024];
        int length;
        using (FileStream file = File.OpenRead(path))
        {
            length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }

        ReadOnlySpan<byte> bytes = head.AsSpan(0, length);
        if (bytes.Length <= ContentOffset || !bytes.StartsWith("FdHe"u8))
        {
            return false;
        }

        var kind = (WireKind)BinaryPrimitives.ReadUInt16LittleEndian(bytes[KindOffset..]);
        return SecretKinds.Contains(kind)
            || (kind == WireKind.SealedSecret && bytes[ContentOffset] != ServerIdentity)
            || (MessageInfo.TryRead(bytes, out MessageInfo? info) && info.Kind == MessageKind.KeyGrant);
    }
}
