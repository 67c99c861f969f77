using FedHe.TestKit.Conformance;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class Ckks2048ConformanceTests() : HeConformance(SchemeRegistry.Ckks2048);
