using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class PaillierConformanceTests() : HeConformance(SchemeRegistry.Paillier);
