using FedHe.TestKit;

namespace FedHe.Crypto.Tests.Hostile;

public sealed class CkksAggregationHostileInputTests() : HostileInputConformance(SchemeRegistry.CkksAggregation, length: 100);
