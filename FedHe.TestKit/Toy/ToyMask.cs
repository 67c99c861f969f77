using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;

namespace FedHe.TestKit.Toy;

/// <summary>A toy mask is a 64-bit integer for each position, computed from the key's public name.</summary>
internal static class ToyMask
{
    private const int MasksPerHash = SHA256.HashSizeInBytes / sizeof(long);

    /// <summary>Adds a multiple of the masks to values, modulo 2^64.</summary>
    public static void Add(KeyId keyId, long factor, Span<long> values)
    {
        Span<byte> input = stackalloc byte[KeyId.SizeInBytes + sizeof(int)];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        keyId.CopyTo(input);
        for (int i = 0; i < values.Length; i++)
        {
            if (i % MasksPerHash == 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(input[KeyId.SizeInBytes..], i);
                SHA256.HashData(input, hash);
            }

            long mask = BinaryPrimitives.ReadInt64LittleEndian(hash[(sizeof(long) * (i % MasksPerHash))..]);
            values[i] = unchecked(values[i] + (factor * mask));
        }
    }
}
