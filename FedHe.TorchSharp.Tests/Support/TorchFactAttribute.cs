namespace FedHe.TorchSharp.Tests.Support;

/// <summary>A test that runs libtorch: skipped, with the reason, where it cannot be loaded.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchFactAttribute : FactAttribute
{
    /// <summary>Decides when tests are discovered.</summary>
    public TorchFactAttribute() => Skip = TorchInstallation.WhyNot;
}
