namespace FedHe.TorchSharp.Tests.Support;

/// <summary>A test of several cases that runs libtorch: skipped, with the reason, where it cannot be loaded.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides when tests are discovered.</summary>
    public TorchTheoryAttribute() => Skip = TorchInstallation.WhyNot;
}
