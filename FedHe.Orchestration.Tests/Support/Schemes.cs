using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
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
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
