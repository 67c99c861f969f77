using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class CkksPaperDefaultConformanceTests() : HeConformance(SchemeRegistry.CkksPaperDefault);
