using FedHe.TestKit.Conformance;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class Ckks16384SlotsConformanceTests() : HeConformance(SchemeRegistry.Ckks16384Slots);
