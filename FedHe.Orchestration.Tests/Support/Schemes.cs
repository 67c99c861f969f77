using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Plain;
using FedHe.Crypto.Seal;
using FedHe.Crypto.Seal.Tests.Discovery;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>The schemes that federations are tested on.</summary>
internal static class Schemes
{
    public static HeContext Create(string name) => name switch
    {
        "plain" => new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default),
        "ckks" => new CkksScheme().CreateContext(CkksParameters.Aggregation),
        "ckks-exact" => new CkksScheme().CreateContext(CkksParameters.ForExactIntegers(20, largestTotalWeight: 500)),
        "ckks-exact-public" => new CkksScheme().CreateContext(CkksParameters.ForExactIntegers(16, largestTotalWeight: 500, CkksTraffic.PublicKey)),
        "ckks-exact-6" => new CkksScheme().CreateContext(CkksParameters.ForExactIntegers(6, largestTotalWeight: 100)),
        "paillier" => new PaillierScheme().CreateContext(PaillierParameters.Create(largestTotalWeight: 100, precisionBits: 6, keyBits: 2048)),
        "seal" => new SealScheme(SealInstallation.Options).CreateContext(SealParameters.PaperDefault),
        "seal-flare" => new SealScheme(SealInstallation.Options).CreateContext(SealParameters.NvidiaFlare),
        "seal-small-prime" => new SealScheme(SealInstallation.Options).CreateContext(SealParameters.Create(
            new SealParametersLiteral { Degree = 8192, LogModuli = [50, 30, 50], LogScale = 40, Depth = 0 })),
        "seal-coarse" => new SealScheme(SealInstallation.Options).CreateContext(SealParameters.Create(
            new SealParametersLiteral { Degree = 4096, LogModuli = [40, 40], LogScale = 20, Depth = 0 })),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
