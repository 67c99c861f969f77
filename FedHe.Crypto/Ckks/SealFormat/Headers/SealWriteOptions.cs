namespace FedHe.Crypto.Ckks.SealFormat.Headers;

/// <summary>SEAL write options choose version and compression of the files that are written for SEAL.</summary>
public sealed record SealWriteOptions
{
    /// <summary>The default options: version 3.7 without compression, which every SEAL from 3.7 on loads.</summary>
    public static SealWriteOptions Default { get; } = new();

    /// <summary>The version that files name: 3.6, 3.7 or any of major version 4.</summary>
    /// <exception cref="ArgumentException">The version is not one of these.</exception>
    public SealVersion Version
    {
        get;
        init => field = value.IsReadable
            ? value
            : throw new ArgumentException("Files are written as version 3.6, 3.7 or 4.x of SEAL.", nameof(value));
    } = SealVersion.Universal;

    /// <summary>The compression of the content.</summary>
    /// <exception cref="ArgumentException">The compression is undefined.</exception>
    public SealCompression Compression
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentException("Files are written without compression or with zlib.", nameof(value));
    } = SealCompression.None;
}
