namespace FedHe.Crypto.Seal.Tests.Discovery;

/// <summary>Tests that run SEAL itself: skipped, with the reason, where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsSealAttribute : Attribute;
