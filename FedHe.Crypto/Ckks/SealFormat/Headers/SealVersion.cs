namespace FedHe.Crypto.Ckks.SealFormat.Headers;

/// <summary>A SEAL version is the version of Microsoft SEAL that a file names.</summary>
/// <param name="Major">Major version: 3 or 4.</param>
/// <param name="Minor">Minor version.</param>
/// <remarks>
/// SEAL 4.4 loads 3.4 and later. SEAL 4.0 to 4.3 load 3.4 and later of major version 3, and of version 4 exactly their
/// own minor version. So every SEAL from 3.7 on loads files of version <see cref="Universal"/>.
/// Source: SEAL's Serialization::IsCompatibleVersion.
/// </remarks>
public readonly record struct SealVersion(byte Major, byte Minor)
{
    /// <summary>The version 3.7, which every SEAL from 3.7 on loads.</summary>
    public static SealVersion Universal { get; } = new(3, 7);

    /// <summary>Whether files of this version are read: 3.6, 3.7, and major version 4.</summary>
    public bool IsReadable => Major == 4 || (Major == 3 && Minor is 6 or 7);

    /// <summary>Whether ciphertexts carry a correction factor, which only BGV uses.</summary>
    internal bool HasCorrectionFactor => Major >= 4;

    /// <summary>Returns major and minor version, as in 4.1.</summary>
    public override string ToString() => FormattableString.Invariant($"{Major}.{Minor}");
}
