namespace FedHe.TestKit.Machines;

/// <summary>A test that needs ML-KEM: skipped, with the reason, where the system lacks it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MLKemFactAttribute : FactAttribute
{
    /// <summary>Decides when tests are discovered.</summary>
    public MLKemFactAttribute() => Skip = MLKemInstallation.WhyNot;
}
