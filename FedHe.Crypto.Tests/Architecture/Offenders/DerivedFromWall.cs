namespace FedHe.Crypto.Tests.Architecture.Offenders;

public sealed class DerivedFromWall : Wall;
