namespace FedHe.Crypto.Tests.Architecture.Offenders.Below.Deep;

/// <summary>Uses its parent folder, as a subfolder may that the parent does not use.</summary>
public static class Well
{
    public static int Depth => Cellar.Depth();
}
