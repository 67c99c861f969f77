using FedHe.Crypto.Seal.Tests.Discovery;
using FedHe.TestKit.Hostile;

namespace FedHe.Crypto.Seal.Tests.Hostile;

[NeedsSeal]
public sealed class SealSmallHostileInputTests() : HostileInputConformance(SealSubjects.Small, length: 2049);
