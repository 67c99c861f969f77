using FedHe.TestKit.Conformance;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class CkksExactTwoPrimesConformanceTests() : HeConformance(SchemeRegistry.CkksExactTwoPrimes);
