namespace FedHe.Interop.Tests;

/// <summary>A test against Microsoft SEAL: skipped, with the reason, where it cannot run; in CI it runs and fails instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SealFactAttribute : FactAttribute
{
    /// <summary>Decides when tests are discovered.</summary>
    public SealFactAttribute() => Skip = SealInstallation.IsDemanded ? null : SealInstallation.WhyNot;
}
