using FedHe.Crypto.Seal.Tests.Discovery;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>A test that runs Microsoft SEAL itself: skipped, with the reason, where SEAL is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SealFactAttribute : FactAttribute
{
    /// <summary>Decides when tests are discovered.</summary>
    public SealFactAttribute() => Skip = SealInstallation.WhyNot;
}
