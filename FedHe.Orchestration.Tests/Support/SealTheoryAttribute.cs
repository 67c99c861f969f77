using FedHe.Crypto.Seal.Tests.Discovery;

namespace FedHe.Orchestration.Tests.Support;

/// <summary>As <see cref="SealFactAttribute"/>, for tests with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SealTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides when tests are discovered.</summary>
    public SealTheoryAttribute() => Skip = SealInstallation.WhyNot;
}
