using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class PlainConformanceTests() : HeConformance(SchemeRegistry.Plain);
