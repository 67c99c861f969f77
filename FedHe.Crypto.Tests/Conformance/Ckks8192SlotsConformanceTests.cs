using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class Ckks8192SlotsConformanceTests() : HeConformance(SchemeRegistry.Ckks8192Slots);
