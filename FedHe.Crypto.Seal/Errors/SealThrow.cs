using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Seal.Errors;

/// <summary>The only place that words an error of this assembly.</summary>
internal static class SealThrow
{
    private const string Remedy =
        "Build Microsoft SEAL 4.4 or later with SEAL_BUILD_SEAL_C=ON, or add the package Microsoft.Research.SEALNet to " +
        "the application, and give the path of libsealc in SealOptions.LibraryPath unless the loader finds it. See " +
        "docs/seal-native.md.";

    [DoesNotReturn]
    public static void NotFound(string? path)
        => throw new SealLibraryException(
            SealLibraryError.NotFound,
            (path is null
                ? "Microsoft SEAL's library sealc is neither where the loader looks nor in the application's runtimes folder. "
                : $"There is no library at '{path}'. ") + Remedy);

    [DoesNotReturn]
    public static void NotLoadable(string path, Exception reason)
        => throw new SealLibraryException(
            SealLibraryError.NotLoadable, $"'{path}' cannot be loaded: {reason.Message} {Remedy}", reason);

    [DoesNotReturn]
    public static void NotSeal(string name, string export)
        => throw new SealLibraryException(
            SealLibraryError.NotSeal,
            $"'{name}' is not Microsoft SEAL's C library: it has no function {export}. {Remedy}");

    [DoesNotReturn]
    public static void VersionNotSupported(Version version, Version minimum)
        => throw new SealLibraryException(
            SealLibraryError.VersionNotSupported,
            $"Microsoft SEAL {version} is not supported; version {minimum.Major} from {minimum} on is. {Remedy}");

    [DoesNotReturn]
    public static void AnotherInUse(string used)
        => throw new SealLibraryException(
            SealLibraryError.AnotherInUse,
            $"This process uses the library '{used}' already and can use no other. Give the same path everywhere.");

    [DoesNotReturn]
    public static void SumTransparent()
        => throw new HeMismatchException(
            "The vector cancels the sum: what remains would not be encrypted, which SEAL refuses. Exclude its sender.");
}
