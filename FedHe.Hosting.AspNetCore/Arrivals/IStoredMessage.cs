namespace FedHe.Hosting.AspNetCore.Arrivals;

/// <summary>A message that has arrived and waits for its turn, in a file or in memory.</summary>
internal interface IStoredMessage
{
    /// <summary>The length of the message, in bytes.</summary>
    int Length { get; }

    /// <summary>The bytes of a short message that is in memory, or null.</summary>
    byte[]? Bytes { get; }

    /// <summary>Reads a message that is in a file.</summary>
    /// <param name="destination">Receives the bytes; as long as the message.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    void CopyTo(Span<byte> destination);

    /// <summary>Returns the bytes of the message, in memory of their own.</summary>
    ReadOnlyMemory<byte> ToMemory()
    {
        if (Bytes is byte[] known)
        {
            return known;
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(Length);
        CopyTo(bytes);
        return bytes;
    }
}
