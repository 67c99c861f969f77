using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class CkksSmallestConformanceTests() : HeConformance(SchemeRegistry.CkksSmallest);
