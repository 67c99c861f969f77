using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class CkksAggregationConformanceTests() : HeConformance(SchemeRegistry.CkksAggregation);
