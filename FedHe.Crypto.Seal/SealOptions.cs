namespace FedHe.Crypto.Seal;

/// <summary>SEAL options say where the library of Microsoft SEAL is.</summary>
public sealed record SealOptions
{
    /// <summary>The default options, which leave the search to <see cref="SealScheme"/>.</summary>
    public static SealOptions Default { get; } = new();

    /// <summary>
    /// The path of the library, such as <c>/opt/seal/lib/libsealc.so</c>, or null to search for it. If a path is given,
    /// no other path is tried.
    /// </summary>
    public string? LibraryPath { get; init; }
}
