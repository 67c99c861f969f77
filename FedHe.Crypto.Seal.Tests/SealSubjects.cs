using FedHe.Crypto.Seal.Tests.Discovery;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Seal.Tests;

/// <summary>The parameter sets that SEAL is tested with.</summary>
internal static class SealSubjects
{
    public static SealScheme Scheme { get; } = new(SealInstallation.Options);

    /// <summary>The paper's setting, in primes that managed CKKS can compute with.</summary>
    public static SchemeUnderTest PaperDefault { get; } = Of("seal-paper-default", SealParameters.PaperDefault);

    /// <summary>A prime of 60 bits, and a small special one.</summary>
    public static SchemeUnderTest NvidiaFlare { get; } = Of("seal-nvidia-flare", SealParameters.NvidiaFlare);

    /// <summary>
    /// A single prime, which is that of keys as well: the noise of public-key encryption is not divided.
    /// </summary>
    public static SchemeUnderTest SinglePrime { get; } = Of(
        "seal-2048-single-prime", 2048, [52], logScale: 30, depth: 0);

    /// <summary>Small primes and a level, where noise is largest beside the scale.</summary>
    public static SchemeUnderTest Small { get; } = Of(
        "seal-4096-small-primes", 4096, [40, 26, 40], logScale: 20, depth: 1);

    /// <summary>A large ring without a level, at the largest scale.</summary>
    public static SchemeUnderTest Large { get; } = Of("seal-16384", 16384, [60, 60, 60], logScale: 52, depth: 0);

    private static SchemeUnderTest Of(string name, int degree, int[] logModuli, int logScale, int depth)
        => Of(name, SealParameters.Create(new SealParametersLiteral
        {
            Degree = degree,
            LogModuli = [.. logModuli],
            LogScale = logScale,
            Depth = depth,
        }));

    private static SchemeUnderTest Of(string name, SealParameters parameters) => new(name, Scheme, parameters) { Rescales = parameters.Depth > 0 };
}
