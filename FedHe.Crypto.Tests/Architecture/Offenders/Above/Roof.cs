using FedHe.Crypto.Tests.Architecture.Offenders.Below;

namespace FedHe.Crypto.Tests.Architecture.Offenders.Above;

/// <summary>Uses the folder below, as it may.</summary>
public static class Roof
{
    public static int Height => Cellar.Depth();
}
