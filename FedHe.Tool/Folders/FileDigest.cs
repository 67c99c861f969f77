using System.Security.Cryptography;

namespace FedHe.Tool.Folders;

/// <summary>The SHA-256 hash of a file, which is read in parts: models are long.</summary>
internal static class FileDigest
{
    /// <summary>Returns the hash as 64 hexadecimal digits.</summary>
    public static string Of(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
