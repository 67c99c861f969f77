using FedHe.TestKit.Conformance;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class CkksSmallestSlotsConformanceTests() : HeConformance(SchemeRegistry.CkksSmallestSlots);
