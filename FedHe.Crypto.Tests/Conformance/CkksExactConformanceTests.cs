using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class CkksExactConformanceTests() : HeConformance(SchemeRegistry.CkksExact);
