using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class CkksExactFieldsConformanceTests() : HeConformance(SchemeRegistry.CkksExactFields);
