using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Plain;
using FedHe.Crypto.Seal;
using FedHe.Crypto.Seal.Errors;

namespace FedHe.Benchmarks.Rounds;

/// <summary>The round schemes go by their names on the command line.</summary>
internal static class RoundSchemes
{
    public static IReadOnlyList<string> Names { get; } = ["ckks", "ckks-paper", "paillier", "seal", "seal-flare", "plain-insecure"];

    /// <exception cref="SealLibraryException">SEAL was asked for and is not there.</exception>
    public static (IHeScheme Scheme, HeParameters Parameters) Find(RoundOptions options) => options.Scheme switch
    {
        "ckks" when options.Precision.IsExact && options.Mode == RoundMode.Direct => (
            new CkksScheme(), CkksParameters.ForExactIntegers(options.Precision.Bits, options.Clients, TrafficOf(options))),
        "ckks" when options.Mode == RoundMode.RoundKeys => (
            new CkksScheme(), CkksParameters.ForExactIntegers(RoundKeyProtection.PrecisionBits, options.Clients, TrafficOf(options))),
        "ckks" => (new CkksScheme(), CkksParameters.ForTotalWeight(options.Clients)),
        "ckks-paper" => (new CkksScheme(), CkksParameters.PaperDefault),
        "paillier" => Paillier(options),
        "seal" => (Seal(options), SealParameters.PaperDefault),
        "seal-flare" => (Seal(options), SealParameters.NvidiaFlare),
        "plain-insecure" => (new InsecurePlainScheme(), InsecurePlainParameters.Default),
        _ => throw new ArgumentException($"There is no scheme '{options.Scheme}'.", nameof(options)),
    };

    private const int LargestRoundKey = 4096;

    private static SealScheme Seal(RoundOptions options) => new(new SealOptions { LibraryPath = options.SealLibrary });

    private static (IHeScheme Scheme, HeParameters Parameters) Paillier(RoundOptions options)
    {
        int bits = options.Mode == RoundMode.RoundKeys ? RoundKeyProtection.PrecisionBits
            : options.Precision.Bits > 0 ? options.Precision.Bits : PaillierParameters.DefaultPrecisionBits;
        var parameters = PaillierParameters.Create(options.Clients, bits, options.KeyBits);
        int values = options.Mode == RoundMode.RoundKeys ? LargestRoundKey : options.EncryptedCount;
        int ciphertexts = (int)(((long)values + parameters.ValuesPerCiphertext - 1) / parameters.ValuesPerCiphertext);
        return (new PaillierScheme(new PaillierOptions { RandomizerCapacity = options.FilledPool ? ciphertexts : 0 }), parameters);
    }

    private static CkksTraffic TrafficOf(RoundOptions options) => options switch
    {
        { PublicKey: true } => CkksTraffic.PublicKey,
        { Download: DownloadForm.SeedList } => CkksTraffic.SeedLists,
        _ => CkksTraffic.FullSums,
    };
}
