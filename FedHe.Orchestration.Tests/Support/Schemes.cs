using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Plain;

namespace FedHe.Orchestration.Tests;

/// <summary>The schemes that federations are tested on.</summary>
internal static class Schemes
{
    public static HeContext Create(string name) => name switch
    {
        "plain" => new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default),
        "ckks" => new CkksScheme().CreateContext(CkksParameters.Aggregation),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
