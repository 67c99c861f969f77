using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Conformance;

public sealed class CkksSmallestSlotsConformanceTests() : HeConformance(SchemeRegistry.CkksSmallestSlots);
