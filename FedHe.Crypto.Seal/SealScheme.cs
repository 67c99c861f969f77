using FedHe.Crypto.Authoring;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Seal.Errors;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>
/// The SEAL scheme is CKKS as Microsoft SEAL computes it: additions, positive integer weights, and one plaintext-scalar
/// product under parameters of depth 1.
/// </summary>
/// <remarks>
/// <para>
/// SEAL is no part of FedHe: its library <c>sealc</c> is found when the scheme is made. The path in the options is
/// used, if there is one; otherwise the loader's usual places are searched, then the folder <c>runtimes</c> of the
/// application, which the package Microsoft.Research.SEALNet fills. A process uses one library. Versions from 4.1 on
/// are supported; 4.4 is a critical security update.
/// </para>
/// <para>
/// Seeds, errors and keys come from SEAL's own generator. Bytes from elsewhere are parsed and checked in
/// managed code before SEAL sees it. Decrypted values carry noise that depends on the secret key: see
/// <see cref="IDecryptor.DecryptPublic"/>.
/// </para>
/// Source: Cheon, Kim, Kim and Song, ASIACRYPT 2017; Microsoft SEAL 4.4.
/// </remarks>
public sealed class SealScheme : IHeScheme
{
    internal const string SchemeName = "seal";

    /// <summary>Creates the scheme and loads the library of SEAL.</summary>
    /// <param name="options">Where the library is, or null to search for it.</param>
    /// <exception cref="SealLibraryException">
    /// The library is missing, cannot be loaded, or has a version that is not supported.
    /// </exception>
    public SealScheme(SealOptions? options = null)
        => LibraryVersion = SealLibrary.Load((options ?? SealOptions.Default).LibraryPath).Version;

    /// <summary>The version of the library that was found.</summary>
    public Version LibraryVersion { get; }

    /// <inheritdoc/>
    public string Name => SchemeName;

    /// <inheritdoc/>
    public HeCapabilities Capabilities
        => HeCapabilities.PublicKeyEncryption
            | HeCapabilities.SeededEncryption;

    /// <inheritdoc/>
    public HeParameters DefaultParameters => SealParameters.PaperDefault;

    /// <inheritdoc/>
    /// <exception cref="HeParameterException">
    /// The parameters belong to another scheme, or SEAL refuses them.
    /// </exception>
    public HeContext CreateContext(HeParameters? parameters = null, HeContextOptions? options = null)
        => new SealContext(ParametersGuard.Check<SealParameters>(parameters ?? DefaultParameters, SchemeName), options ?? HeContextOptions.Default);

    /// <inheritdoc/>
    public HeParameters ReadParameters(ReadOnlySpan<byte> source) => SealParameters.Read(source);
}
