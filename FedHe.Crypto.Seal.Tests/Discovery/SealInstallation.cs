using FedHe.Crypto.Seal.Errors;

namespace FedHe.Crypto.Seal.Tests.Discovery;

/// <summary>
/// SEAL's C library on this machine: at the path in <c>FEDHE_SEALC_PATH</c>, or where the loader looks.
/// </summary>
internal static class SealInstallation
{
    private const string Variable = "FEDHE_SEALC_PATH";

    private static readonly Lazy<string?> Missing = new(Look);

    /// <summary>
    /// Why tests cannot run SEAL, or null if they can. Where a path was given, they run and fail instead.
    /// </summary>
    public static string? WhyNot => Missing.Value;

    public static SealOptions Options { get; } = new()
    {
        LibraryPath = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : null,
    };

    private static string? Look()
    {
        try
        {
            return new SealScheme(Options) is null ? string.Empty : null;
        }
        catch (SealLibraryException failure) when (Options.LibraryPath is null)
        {
            return $"Microsoft SEAL did not take part; set {Variable} to the path of libsealc. {failure.Message}";
        }
        catch (SealLibraryException)
        {
            return null;
        }
    }
}
