using FedHe.TestKit.Conformance;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class Ckks32768SlotsConformanceTests() : HeConformance(SchemeRegistry.Ckks32768Slots);
