namespace FedHe.Crypto.Seal;

/// <summary>Where Microsoft SEAL is.</summary>
public sealed record SealOptions
{
    /// <summary>Options that leave the search to <see cref="SealScheme"/>.</summary>
    public static SealOptions Default { get; } = new();

    /// <summary>
    /// Path of the library, such as <c>/opt/seal/lib/libsealc.so</c>, or null to search. If there is a path, nothing
    /// else is tried.
    /// </summary>
    public string? LibraryPath { get; init; }
}
