using FedHe.TestKit.Conformance;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class Ckks8192SlotsConformanceTests() : HeConformance(SchemeRegistry.Ckks8192Slots);
