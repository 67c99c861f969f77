using FedHe.Crypto.Seal.Tests.Discovery;
using FedHe.TestKit.Hostile;

namespace FedHe.Crypto.Seal.Tests.Hostile;

[NeedsSeal]
public sealed class SealSinglePrimeHostileInputTests()
    : HostileInputConformance(SealSubjects.SinglePrime, length: 1000);
