using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Seal.Errors;

/// <summary>
/// This class words the errors of the assembly that no exception type words by itself. Callers write <c>throw
/// SealThrow.…</c>.
/// </summary>
internal static class SealThrow
{
    private const string Remedy =
        "Build Microsoft SEAL 4.4 or later with SEAL_BUILD_SEAL_C=ON, or add the package Microsoft.Research.SEALNet to " +
        "the application, and give the path of libsealc in SealOptions.LibraryPath unless the loader finds it. See " +
        "docs/seal-native.md.";

    public static SealLibraryException NotFound(string? path)
        => new(
            SealLibraryError.NotFound,
            (path is null
                ? "Microsoft SEAL's library sealc is neither where the loader looks nor in the application's runtimes folder. "
                : $"There is no library at '{path}'. ") + Remedy);

    public static SealLibraryException NotLoadable(string path, Exception reason)
        => new(
            SealLibraryError.NotLoadable, $"'{path}' cannot be loaded: {reason.Message} {Remedy}", reason);

    public static SealLibraryException NotSeal(string name, string export)
        => new(
            SealLibraryError.NotSeal,
            $"'{name}' is not Microsoft SEAL's C library: it has no function {export}. {Remedy}");

    public static SealLibraryException VersionNotSupported(Version version, Version minimum)
        => new(
            SealLibraryError.VersionNotSupported,
            $"Microsoft SEAL {version} is not supported; version {minimum.Major} from {minimum} on is. {Remedy}");

    public static SealLibraryException AnotherInUse(string used)
        => new(
            SealLibraryError.AnotherInUse,
            $"This process uses the library '{used}' already and can use no other. Give the same path everywhere.");

    public static HeMismatchException SumTransparent()
        => new(
            "The vector cancels the sum: what remains would not be encrypted, which SEAL refuses. Exclude its sender.");

    public static ArgumentException VectorTooLong()
        => new("The vector does not fit one array. Split the model into several vectors.");

    public static HeParameterException ParametersRefused(ParameterError reason) => new(reason, reason switch
    {
        ParameterError.ScaleNotSupported =>
            $"The scaling bits must be between 14 and 52.",
        ParameterError.DepthNotSupported =>
            "The multiplicative depth must be 0 or 1, and depth 1 needs a prime to spend. Add a prime, or use depth 0.",
        ParameterError.ScaleExceedsModulus =>
            "The scale leaves no room for a value of magnitude 1. Use fewer scaling bits or a larger modulus.",
        ParameterError.SecurityBelowRequired =>
            "The modulus is too large for this degree at the required security. Use a larger degree or a smaller modulus.",
        _ => "The parameters are not acceptable.",
    });
}
