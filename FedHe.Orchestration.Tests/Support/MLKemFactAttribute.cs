using FedHe.Crypto.Sharing;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>A test that needs ML-KEM: skipped where the system lacks it, unless the environment demands that it is there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MLKemFactAttribute : FactAttribute
{
    public MLKemFactAttribute()
    {
        bool isDemanded = Environment.GetEnvironmentVariable("FEDHE_MLKEM_DEMANDED") == "1";
        Skip = isDemanded || KeyExchanges.IsSupported(KeyExchange.P256MLKem768) ? null : "The system's cryptographic library has no ML-KEM: OpenSSL 3.5 has.";
    }
}
