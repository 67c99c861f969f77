using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Plain;

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
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
