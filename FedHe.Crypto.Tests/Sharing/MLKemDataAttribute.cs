using System.Reflection;
using FedHe.Crypto.Sharing;
using FedHe.TestKit.Machines;
using Xunit.Sdk;

namespace FedHe.Crypto.Tests.Sharing;

/// <summary>The row of a theory that needs ML-KEM: skipped, with the reason, where the system lacks it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MLKemDataAttribute : DataAttribute
{
    /// <summary>Decides when tests are discovered.</summary>
    public MLKemDataAttribute() => Skip = MLKemInstallation.WhyNot;

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[KeyExchange.P256MLKem768]];
}
