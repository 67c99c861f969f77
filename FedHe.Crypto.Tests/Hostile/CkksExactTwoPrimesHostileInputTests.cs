using FedHe.TestKit.Hostile;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class CkksExactTwoPrimesHostileInputTests() : HostileInputConformance(SchemeRegistry.CkksExactTwoPrimes, length: 100);
